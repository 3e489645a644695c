import { captureContext } from '../base/async-context.ts';
import { overBefore, WaitGuard, type WaitSubject } from '../base/waiting.ts';
import { errorOfCall } from '../call/client/call-error.ts';
import { CallSite } from '../call/client/call-site.ts';
import { type CallHolder, endCall, type PendingCall } from '../call/client/pending-call.ts';
import { StreamCall } from '../call/client/stream-call.ts';
import type { CallOptions } from '../call/common/call-options.ts';
import { type CallPath, endsTold, watchCall } from '../call/common/watch-call.ts';
import type { WatchedCall } from '../diagnostics/watched-call.ts';
import type { StatValues } from '../diagnostics/stats.ts';
import { RefusedError, TimeoutError } from '../errors/errors.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { Environment } from '../settings/environment.ts';
import { releaseArguments, holdErrors } from '../stream/value/release-streams.ts';
import { isStreamSink } from '../stream/user/stream-sink.ts';
import { isVerb, noVerb, type Signature, type Verb } from '../verb/verb.ts';
import { WaitingCalls } from './waiting-calls.ts';

/** Carries calls to the server: the calls of an attachment do. */
export interface CallCarrier extends CallPath {
  /** Whether there is no room for a call. */
  readonly isFull: boolean;
  /** Whether a call is being written just now, so that code in its arguments may be running. */
  readonly isInFrame: boolean;
  /** Resolves when there is room; undefined if there is some already. */
  room(): Promise<void> | undefined;
  /** Sends a call and holds it from then on. Never throws. */
  send(pending: PendingCall): void;
}

/** The rules for the calls of one client. */
export interface CallRules {
  /** Number of calls that may wait to be sent. */
  readonly maxQueuedCalls: number;
  /** The address of the server in the options, for errors of calls while there is no connection. */
  readonly peer: string;
  /** Whether errors have the caller's frames. */
  readonly hasCallStacks: boolean;
}

/**
 * Makes the calls of a client. Calls wait in order while there is no connection or no room, and can
 * be withdrawn meanwhile. The queue outlives a connection: waiting calls go out on the next one.
 */
export class CallQueue implements CallHolder {
  readonly #environment: Environment;
  readonly #stats: StatValues;
  readonly #rules: CallRules;
  readonly #unconnected: CallPath;
  readonly #subject: WaitSubject;
  readonly #queue = new WaitingCalls();
  /** The number of calls that were made. */
  #made = 0;
  /** Undefined while there is no connection. */
  #carrier: CallCarrier | undefined;
  #isWaitingForRoom = false;
  #refusal: (() => Error) | undefined;
  #closedCause: Error | undefined;

  constructor(environment: Environment, stats: StatValues, rules: CallRules) {
    const { processName } = environment;
    this.#environment = environment;
    this.#stats = stats;
    this.#rules = rules;
    this.#unconnected = { peer: rules.peer, connectionId: undefined };
    this.#subject = { what: 'the call', scope: 'call', processName };
  }

  /** The address of the server, for errors. */
  get peer(): string {
    return this.#path.peer;
  }

  /** The place in the caller's code; undefined unless errors are to have it. */
  site(): CallSite | undefined {
    return this.#rules.hasCallStacks ? new CallSite() : undefined;
  }

  /** Calls that wait to be sent. */
  get size(): number {
    return this.#queue.size;
  }

  /** A connection is there: sends the waiting calls. */
  attach(carrier: CallCarrier): void {
    this.#carrier = carrier;
    this.#isWaitingForRoom = false;
    this.#sendQueued();
  }

  /** The connection is gone: calls wait for the next one. */
  detach(): void {
    this.#carrier = undefined;
    this.#isWaitingForRoom = false;
    for (const pending of this.#queue) forAnyConnection(pending);
  }

  /** Sends calls again that were sent before, ahead of those that wait. */
  repeat(calls: readonly PendingCall[]): void {
    for (const pending of calls) {
      pending.holder = this;
      pending.messageId = 0;
      forAnyConnection(pending);
    }
    this.#queue.addAgain(calls);
    this.#count();
    this.#sendQueued();
  }

  /** Sends no more calls: refuses the waiting calls, and all later ones. */
  refuse(makeError: () => Error): void {
    this.#refusal = makeError;
    this.#endAll(makeError);
  }

  /** Fails every waiting call, and all later ones. */
  close(cause: Error): void {
    if (this.#closedCause !== undefined) return;
    this.#closedCause = cause;
    this.#endAll(() => cause);
  }

  /** Makes a call. Never throws: every problem rejects the promise. */
  call(verb: Verb<Signature>, args: unknown[], options: CallOptions): Promise<unknown> {
    if (!isVerb(verb)) return this.#reject(undefined, args, noVerb(verb, 'client.call'));
    const refusal = this.#refusalOf(options);
    if (refusal !== undefined) return this.#refuse(verb, args, refusal);
    const { timeoutMs } = options;
    const isLimited = timeoutMs !== undefined && timeoutMs > 0 && timeoutMs !== Infinity;
    const { clock } = this.#environment;
    let pending: PendingCall | undefined;
    const result = new Promise((resolve, reject) => {
      const watched = watchCall('client', verb, args, this.#path, clock);
      const ends = watched && endsTold(watched, resolve, reject);
      pending = {
        verb,
        args,
        deadline: isLimited ? clock.now() + timeoutMs : undefined,
        timeoutMs,
        resolve: ends?.resolve ?? resolve,
        reject: ends?.reject ?? reject,
        guard: undefined,
        holder: this,
        place: ++this.#made,
        site: this.site(),
        messageId: 0,
        sentAt: 0,
        run: undefined,
        children: undefined,
        isIdempotent: verb.isIdempotent === true || options.idempotent === true,
        mayHaveRun: false,
        watched,
      };
      this.#start(pending, options);
    });
    return this.#promiseOf(result, pending);
  }

  cancel(pending: PendingCall, error: Error): void {
    this.#queue.delete(pending);
    this.#count();
    if (error instanceof TimeoutError) this.#stats.timeout++;
    endCall(pending, error, this.#environment.serializer);
  }

  #start(pending: PendingCall, options: CallOptions): void {
    if (pending.deadline !== undefined || options.signal !== undefined) {
      pending.guard = this.#guardFor(pending, options);
    }
    if (pending.watched === undefined) this.#send(pending);
    else this.#sendWatched(pending, pending.watched);
  }

  /** This and the next stand apart, as closures in `#start` would cost each call a context of V8. */
  #guardFor(pending: PendingCall, options: CallOptions): WaitGuard {
    return new WaitGuard(this.#environment.clock, options, this.#subject, (error) =>
      pending.holder.cancel(pending, error),
    );
  }

  #sendWatched(pending: PendingCall, watched: WatchedCall): void {
    watched.begin(() => this.#send(pending));
  }

  /** The promise for the caller. That of a call which names streams, or may once it is sent, heeds them. */
  #promiseOf(result: Promise<unknown>, pending: PendingCall | undefined): Promise<unknown> {
    if (pending === undefined || (pending.children ?? pending.run) === undefined) return result;
    return StreamCall.of(result, pending, this.#environment.clock);
  }

  get #path(): CallPath {
    return this.#carrier ?? this.#unconnected;
  }

  /** The reason why a call is not made at all; undefined if it may be made. */
  #refusalOf(options: CallOptions): Error | undefined {
    const refusal = this.#closedCause ?? this.#refusal?.();
    if (refusal !== undefined) return refusal;
    const over = overBefore(options, this.#subject);
    if (over !== undefined) {
      if (over instanceof TimeoutError) this.#stats.timeout++;
      return over;
    }
    if (this.#queue.size < this.#rules.maxQueuedCalls) return undefined;
    return new RefusedError(
      `${this.#queue.size} calls wait to be sent, as many as maxQueuedCalls allows`,
      { initiator: 'local', retryable: true },
    );
  }

  #send(pending: PendingCall): void {
    const carrier = this.#carrier;
    if (carrier === undefined || this.#queue.size > 0 || carrier.isFull || carrier.isInFrame) {
      this.#enqueue(pending);
    } else carrier.send(pending);
  }

  #enqueue(pending: PendingCall): void {
    this.#queue.add(pending);
    const hasStreams = holdErrors(pending.verb.args ?? this.#environment.serializer, pending.args);
    if (hasStreams || pending.args.some(isStreamSink)) pending.run = captureContext();
    this.#count();
    if (this.#carrier?.isInFrame === true) {
      // Code in the arguments of another call has made this one.
      this.#environment.clock.defer(() => this.#sendQueued());
    } else this.#waitForRoom();
  }

  #sendQueued(): void {
    const carrier = this.#carrier;
    if (carrier === undefined) return;
    for (const pending of this.#queue) {
      // Code in the arguments of a call may end the connection.
      if (this.#carrier !== carrier || carrier.isFull) break;
      this.#queue.delete(pending);
      if (pending.run === undefined) carrier.send(pending);
      else pending.run(() => carrier.send(pending));
      // Not all of them in one turn.
      if (carrier.room() !== undefined) break;
    }
    this.#count();
    this.#waitForRoom();
  }

  #waitForRoom(): void {
    const carrier = this.#carrier;
    if (carrier === undefined || this.#isWaitingForRoom || this.#queue.size === 0) return;
    const room = carrier.room();
    if (room === undefined) return;
    this.#isWaitingForRoom = true;
    room.then(
      () => {
        if (this.#carrier !== carrier) return;
        this.#isWaitingForRoom = false;
        this.#sendQueued();
      },
      () => {},
    );
  }

  #endAll(makeError: () => Error): void {
    const unsent = this.#queue.takeAll();
    this.#count();
    for (const pending of unsent) endCall(pending, makeError(), this.#environment.serializer);
  }

  #refuse(verb: Verb<Signature>, args: unknown[], error: Error): Promise<never> {
    const site = this.site();
    const told = errorOfCall(error, { verb, peer: this.peer, site, mayHaveRun: false });
    const watched = watchCall('client', verb, args, this.#path, this.#environment.clock);
    watched?.begin(() => watched.finish(told));
    return this.#reject(verb.args, args, told);
  }

  /**
   * Releases the streams among the arguments too: nobody will read them, as the call is never sent.
   */
  #reject(serializer: Serializer | undefined, args: unknown[], error: unknown): Promise<never> {
    releaseArguments(serializer ?? this.#environment.serializer, args);
    return Promise.reject(error);
  }

  #count(): void {
    this.#stats.pending = this.#queue.size;
  }
}

/** Leaves out of the arguments what names a part of the connection that they were made for. */
function forAnyConnection(pending: PendingCall): void {
  pending.args = pending.verb.argsElsewhere?.(pending.args) ?? pending.args;
}
