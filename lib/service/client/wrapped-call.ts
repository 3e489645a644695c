import { overBefore, waitFor, type WaitSubject } from '../../base/waiting.ts';
import { promiseOf } from '../../base/promise-of.ts';
import { errorOfCall, putSite } from '../../call/client/call-error.ts';
import type { CallSite } from '../../call/client/call-site.ts';
import { MisuseError } from '../../errors/errors.ts';
import { messageOf, toError } from '../../errors/foreign.ts';
import type { Metadata } from '../../types/value-stream.ts';
import { StreamCall } from '../../call/client/stream-call.ts';
import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';
import { RemoteValueStream } from '../../stream/value/remote-value-stream.ts';
import { releaseArguments } from '../../stream/value/release-streams.ts';
import { holdError } from '../../stream/value/item-producer.ts';
import { isIdempotent, type ResolvedApiOptions } from './api-options.ts';
import { boundResult } from './bound-stream.ts';
import type { CallSender } from './call-sender.ts';
import { requestEnvelope } from '../frame/envelope.ts';
import { holdsStream } from '../middleware/holds-stream.ts';
import { intercept, type ServiceCall } from '../middleware/interceptors.ts';
import { NO_METADATA, normalizeMetadata } from '../context/metadata.ts';
import { isRemoteStream } from '../context/is-remote-stream.ts';
import type { RemoteMethod } from './remote-method.ts';
import type { ReceivedReply } from '../frame/reply-serializer.ts';
import { settleOffer } from './settle-offer.ts';
import { continueTrace } from '../frame/trace-context.ts';

const THE_CALL: WaitSubject = { what: 'the call', scope: 'call' };

/**
 * A call with layers around it. From the outside in: the time limit and the signal, which hold for
 * all of it; the provider of its metadata; the interceptors; the policy; and each attempt that the
 * policy makes.
 */
export class WrappedCall {
  /**
   * The lane on which the caller waits for the first item of the result, until an attempt takes it.
   */
  #offer: OfferedLane | undefined;
  #isMade = false;
  readonly #client: CallSender;
  readonly #options: ResolvedApiOptions;
  readonly #method: RemoteMethod;
  readonly #outer: Metadata;
  readonly #deadline: number | undefined;
  readonly #site: CallSite | undefined;
  /** The arguments of the attempt before. */
  #sentArgs: unknown[] | undefined;
  /** The promise that the caller gets. */
  #given: Promise<unknown> | undefined;

  /** @param outer - the metadata of the call during which this one is made. */
  constructor(
    client: CallSender,
    options: ResolvedApiOptions,
    method: RemoteMethod,
    outer: Metadata,
  ) {
    const { timeoutMs } = options;
    this.#client = client;
    this.#options = options;
    this.#method = method;
    this.#outer = outer;
    this.#site = client.calls.site();
    if (timeoutMs !== undefined && timeoutMs > 0 && timeoutMs !== Infinity) {
      this.#deadline = client.environment.clock.now() + timeoutMs;
    }
  }

  /** Makes the call. The provider of its metadata is called at once. */
  make(args: unknown[]): Promise<unknown> {
    const options = this.#options;
    const over = overBefore(options, THE_CALL);
    if (over !== undefined) {
      this.#releaseStreams(args);
      return Promise.reject(this.#told(over));
    }
    for (const arg of args) holdError(arg);
    const made = this.#run(args).finally(() => {
      this.#isMade = true;
      this.#takeOffer()?.settle();
    });
    return (this.#given = this.#give(made, args));
  }

  async #give(made: Promise<unknown>, args: unknown[]): Promise<unknown> {
    try {
      return await waitFor(made, this.#client.environment.clock, this.#options, THE_CALL);
    } catch (error) {
      if (this.#sentArgs === undefined) this.#releaseStreams(args);
      // The call was given up already, so a late result, for example from an interceptor, is not
      // read.
      made.then(leaveLate, () => {});
      throw this.#told(error);
    }
  }

  /**
   * The first item of the result is wanted. If the call is not on its way yet, a lane for the item
   * is sent along.
   */
  onDemand(): void {
    if (!this.#isMade) this.#offer ??= this.#client.offerLane(this.#method);
  }

  /** An interceptor's or policy's own error stays as it is. */
  #told(error: unknown): unknown {
    const { peer } = this.#client.calls;
    const told = errorOfCall(error, { verb: this.#method.verb, peer, site: undefined });
    putSite(told, this.#site);
    return told;
  }

  /** Releases the streams among the arguments of a call that is never sent. */
  #releaseStreams(args: unknown[]): void {
    const serializer = this.#method.verb.args;
    if (serializer !== undefined) releaseArguments(serializer, [undefined, args]);
  }

  async #run(args: unknown[]): Promise<unknown> {
    const method = this.#method;
    const options = this.#options;
    const own = await this.#ownMetadata();
    const call: ServiceCall = {
      service: method.service,
      method: method.path,
      args,
      metadata: { ...continueTrace(own, this.#outer) },
      shared: options.shared ?? new Map<unknown, unknown>(),
    };
    return intercept(options.interceptors ?? [], call, () => this.#attempt(call));
  }

  async #ownMetadata(): Promise<Metadata> {
    const { metadata } = this.#options;
    if (typeof metadata !== 'function') return metadata ?? NO_METADATA;
    const { maxMetadataBytes } = this.#client.environment.limits;
    return normalizeMetadata((await metadata()) ?? NO_METADATA, maxMetadataBytes);
  }

  #attempt(call: ServiceCall): Promise<unknown> {
    const { signal, policy = this.#client.policy } = this.#options;
    if (policy === undefined) return this.#send(call, signal);
    return policy.execute((attempt) => this.#send(call, either(signal, attempt.signal)), signal);
  }

  async #send(call: ServiceCall, signal: AbortSignal | undefined): Promise<unknown> {
    const { calls, environment } = this.#client;
    this.#assertUnused(call.args);
    const { maxMetadataBytes } = environment.limits;
    const metadata = normalizeMetadata(call.metadata, maxMetadataBytes);
    const offer = this.#takeOffer();
    const envelope = requestEnvelope(metadata, offer, this.#options.streamTimeoutMs);
    const idempotent = isIdempotent(this.#method, this.#options);
    const bounds = { signal, timeoutMs: this.#remainingMs(), idempotent };
    const result = calls.call(this.#method.fullVerb, [envelope, call.args], bounds);
    if (offer !== undefined) settleOffer(offer, result);
    if (result instanceof StreamCall && this.#given !== undefined) result.passTo(this.#given);
    // The full verb's serializer returns this type.
    return this.#deliver((await result) as ReceivedReply);
  }

  /**
   * A stream in the arguments is used up by the first attempt, even if that attempt failed. A
   * second attempt would send nothing.
   */
  #assertUnused(args: unknown[]): void {
    const isRepeated = this.#sentArgs === args;
    this.#sentArgs = args;
    const serializer = this.#method.verb.args;
    if (isRepeated && serializer !== undefined && holdsStream(serializer, [undefined, args])) {
      throw new MisuseError(
        'the arguments hold a stream, which can be sent once; a repeated call needs a new list of them',
      );
    }
  }

  /** An offer is good for one attempt. */
  #takeOffer(): OfferedLane | undefined {
    const offer = this.#offer;
    this.#offer = undefined;
    return offer;
  }

  async #deliver({ headers, trailers, value }: ReceivedReply): Promise<unknown> {
    const options = this.#options;
    if (value instanceof RemoteValueStream) this.#followMetadata(value);
    else {
      await promiseOf<unknown>(options.onHeaders?.(headers));
      await promiseOf<unknown>(options.onTrailers?.(trailers));
    }
    return this.#method.learn(boundResult(value, options));
  }

  /**
   * The headers and trailers of a stream come with its items. A failure of `onHeaders` ends the
   * stream, as one of an item's hook does. When the trailers come, the stream is over.
   */
  #followMetadata(stream: RemoteValueStream<unknown>): void {
    const { onHeaders, onTrailers } = this.#options;
    if (onHeaders !== undefined)
      stream.headers
        .then(onHeaders, () => {})
        .catch((error: unknown) => stream.cancelWith(toError(error)));
    if (onTrailers !== undefined)
      stream.trailers
        .then(onTrailers, () => {})
        .catch((error: unknown) => {
          const line = `onTrailers of ${this.#method.name} has failed: ${messageOf(error)}`;
          this.#client.environment.log.write('error', `server ${this.#client.calls.peer}`, line);
        });
  }

  /** The rest of the call's time. When the time is over, it is below 0, not 0. */
  #remainingMs(): number | undefined {
    if (this.#deadline === undefined) return undefined;
    const leftMs = this.#deadline - this.#client.environment.clock.now();
    return leftMs > 0 ? leftMs : -1;
  }
}

function leaveLate(result: unknown): void {
  if (isRemoteStream(result)) result.cancel(new Error('the call was given up'));
}

/** A policy may have a signal of its own, which need not follow the call's signal. */
function either(
  own: AbortSignal | undefined,
  attempt: AbortSignal | undefined,
): AbortSignal | undefined {
  if (own === undefined || attempt === undefined || own === attempt) return own ?? attempt;
  return AbortSignal.any([own, attempt]);
}
