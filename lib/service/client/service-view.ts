import type { CallSite } from '../../call/client/call-site.ts';
import type { CallOptions } from '../../call/common/call-options.ts';
import { putSite } from '../../call/client/call-error.ts';
import type { Metadata } from '../../types/value-stream.ts';
import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';
import { isIdempotent, type ResolvedApiOptions } from './api-options.ts';
import type { CallSender } from './call-sender.ts';
import { StreamCall } from '../../call/client/stream-call.ts';
import { currentCall } from '../context/current-call.ts';
import { type RequestEnvelope, requestEnvelope } from '../frame/envelope.ts';
import { NO_METADATA, normalizeMetadata } from '../context/metadata.ts';
import { type RemoteCall, toRemoteCall } from './remote-call.ts';
import type { RemoteMethod } from './remote-method.ts';
import { settleOffer } from './settle-offer.ts';
import { continueTrace } from '../frame/trace-context.ts';
import { UnsentCall } from './unsent-call.ts';
import { WrappedCall } from './wrapped-call.ts';

/** Calls a service's methods, all with the same options. */
export class ServiceView {
  readonly #client: CallSender;
  readonly #options: ResolvedApiOptions;
  readonly #bounds: CallOptions;
  /** For calls that may be carried out more than once. */
  readonly #repeated: CallOptions;
  /** Whether a call can be made directly by its verb, without any wrapping. */
  readonly #isDirect: boolean;
  /** The metadata of every direct call. */
  readonly #metadata: Metadata;
  readonly #envelope: RequestEnvelope | undefined;

  /** @param options - resolved. */
  constructor(client: CallSender, options: ResolvedApiOptions) {
    const { signal, timeoutMs, metadata, onHeaders, onTrailers, policy } = options;
    const { receiveTimeoutMs, streamTimeoutMs } = options;
    const interceptors = [...client.interceptors, ...(options.interceptors ?? [])];
    this.#client = client;
    this.#options = { ...options, interceptors };
    this.#bounds = { signal, timeoutMs };
    this.#repeated = { signal, timeoutMs, idempotent: true };
    this.#isDirect =
      typeof metadata !== 'function' &&
      interceptors.length === 0 &&
      (signal ?? receiveTimeoutMs ?? streamTimeoutMs) === undefined &&
      (onHeaders ?? onTrailers ?? policy ?? client.policy) === undefined;
    this.#metadata = typeof metadata === 'object' ? metadata : NO_METADATA;
    this.#envelope = requestEnvelope(this.#metadata, undefined, options.streamTimeoutMs);
  }

  /** Calls a method. Never throws; every error rejects the promise. */
  call(method: RemoteMethod, args: unknown[]): RemoteCall {
    const outer = currentCall()?.metadata ?? NO_METADATA;
    if (!this.#isDirect) {
      const call = new WrappedCall(this.#client, this.#options, method, outer);
      return toRemoteCall(call.make(args), method, () => call.onDemand());
    }
    if (method.kind === 'value') {
      this.#client.sendUnsent();
      return toRemoteCall(this.#send(method, args, outer), method, () => {});
    }
    const site = this.#client.calls.site();
    const call = new UnsentCall((offer) => {
      const result = this.#send(method, args, outer, offer);
      if (result instanceof StreamCall) result.passTo(call.promise);
      return learnFrom(result, method, site);
    });
    this.#client.sendLater(call);
    return toRemoteCall(call.promise, method, () => call.send(this.#client.offerLane(method)));
  }

  #send(
    method: RemoteMethod,
    args: unknown[],
    outer: Metadata,
    offer?: OfferedLane,
  ): Promise<unknown> {
    const { calls } = this.#client;
    if (outer === NO_METADATA && offer === undefined) {
      return calls.call(method.verb, [this.#envelope, args], this.#boundsOf(method));
    }
    const result = this.#sendWith(method, args, outer, offer);
    if (offer !== undefined) settleOffer(offer, result);
    return result;
  }

  #sendWith(
    method: RemoteMethod,
    args: unknown[],
    outer: Metadata,
    offer: OfferedLane | undefined,
  ): Promise<unknown> {
    const { calls, environment } = this.#client;
    const { maxMetadataBytes } = environment.limits;
    let metadata: Metadata;
    try {
      metadata = normalizeMetadata(continueTrace(this.#metadata, outer), maxMetadataBytes);
    } catch (error) {
      return Promise.reject(error);
    }
    const envelope = requestEnvelope(metadata, offer, this.#options.streamTimeoutMs);
    return calls.call(method.verb, [envelope, args], this.#boundsOf(method));
  }

  #boundsOf(method: RemoteMethod): CallOptions {
    return isIdempotent(method, this.#options) ? this.#repeated : this.#bounds;
  }
}

async function learnFrom(
  result: Promise<unknown>,
  method: RemoteMethod,
  site: CallSite | undefined,
): Promise<unknown> {
  try {
    return method.learn(await result);
  } catch (error) {
    // The call was sent in a later step, without its caller on the stack.
    putSite(error, site);
    throw error;
  }
}
