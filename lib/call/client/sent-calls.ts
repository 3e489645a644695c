import { cancelPath, firstReason } from '../../base/cancel-path.ts';
import type { UnderWay } from '../../base/under-way.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import { encodeCancel } from '../../document/cancel-document.ts';
import { TimeoutError, UnsupportedError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import { setNaming, settlePassing } from '../../stream/half/named-stream.ts';
import type { Children } from '../../stream/handles/children.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import { CallTable } from './call-table.ts';
import { type CallHolder, endCall, type PendingCall } from './pending-call.ts';
import type { RequestWriter } from './request-writer.ts';

/** The connection that calls are sent on. */
export interface SentCallsOptions {
  readonly environment: Environment;
  readonly requests: RequestWriter;
  readonly children: Children;
  readonly stats: StatValues;
  /** Whether the server was told how much time each call has. */
  readonly hasTimeout: boolean;
  /** Whether the server has services, and can be told of calls that were given up. */
  readonly hasExtension: boolean;
  /** Counts the calls that wait for their replies. */
  readonly underWay: UnderWay;
}

/** Sends the calls of one connection, and holds them until they are settled. */
export class SentCalls implements CallHolder {
  readonly #options: SentCallsOptions;
  readonly #table = new CallTable();
  readonly #requests: RequestWriter;
  #closedCause: Error | undefined;

  constructor(options: SentCallsOptions) {
    this.#options = options;
    this.#requests = options.requests;
  }

  /** Calls that wait for their replies. */
  get size(): number {
    return this.#table.size;
  }

  /** Whether there is no room for a call. */
  get isFull(): boolean {
    return this.#requests.isFull;
  }

  /** Whether a call is being written just now: code in its arguments is running. */
  get isInFrame(): boolean {
    return this.#requests.isInFrame;
  }

  /** Resolves when there is room; undefined if there is some already. */
  room(): Promise<void> | undefined {
    return this.#requests.room();
  }

  /** Sends a call. Never throws: a call that can't be sent is rejected. */
  send(pending: PendingCall): void {
    const { children, environment, stats } = this.#options;
    const now = environment.clock.now();
    pending.holder = this;
    if (pending.deadline !== undefined && pending.deadline <= now) {
      this.cancel(pending, new TimeoutError('the call', pending.timeoutMs ?? 0, 'call'));
      return;
    }
    try {
      this.#assertSpoken(pending.verb);
      this.#requests.write(pending, now);
      // A getter among the arguments may have aborted the client.
      if (this.#closedCause !== undefined) throw this.#closedCause;
    } catch (error) {
      settlePassing(children.takeNamed(), false);
      this.#end(pending, error);
      return;
    }
    stats.sentMessages++;
    pending.sentAt = now;
    pending.children = children.takeNamed();
    settlePassing(pending.children, true);
    setNaming(pending.children, 'calling');
    if (pending.verb.isNoWait) this.#resolveWhenWritten(pending);
    else this.#add(pending);
  }

  /** The call that `messageId` answers, which leaves the table; undefined when nobody waits for it. */
  take(messageId: number): PendingCall | undefined {
    const pending = this.#remove(messageId);
    pending?.guard?.end();
    return pending;
  }

  /** A result came too late: nobody needs what goes on for it at the server, such as its streams. */
  onLateResult(messageId: number): void {
    if (!this.#options.hasExtension) return;
    const reason = encodeCancel({ reason: 'the reply came too late', path: [] });
    this.#requests.sendMainMessage({ kind: 'call-cancel', messageId, reason });
  }

  /** Whether the message id belongs to a call that was sent once. */
  wasSent(messageId: number): boolean {
    return this.#requests.wasSent(messageId);
  }

  cancel(pending: PendingCall, error: Error): void {
    this.#remove(pending.messageId);
    if (error instanceof TimeoutError) this.#options.stats.timeout++;
    this.#end(pending, error);
    if (pending.messageId > 0) this.#tellGivenUp(pending.messageId, error);
  }

  /** No reply will come any more: fails the calls in the order in which they were sent. */
  close(cause: Error): void {
    if (this.#closedCause !== undefined) return;
    this.#closedCause = cause;
    const { stats, underWay } = this.#options;
    for (const pending of this.#table.takeAll()) {
      stats.waitReply--;
      underWay.leave();
      this.#end(pending, cause);
    }
  }

  #add(pending: PendingCall): void {
    this.#table.add(pending);
    this.#options.stats.waitReply++;
    this.#options.underWay.enter();
  }

  #remove(messageId: number): PendingCall | undefined {
    const pending = this.#table.take(messageId);
    if (pending === undefined) return undefined;
    this.#options.stats.waitReply--;
    this.#options.underWay.leave();
    return pending;
  }

  #assertSpoken({ needsExtension, name }: Verb<Signature>): void {
    if (needsExtension !== true || this.#options.hasExtension) return;
    throw new UnsupportedError(`calling ${name ?? 'the verb'}`);
  }

  #resolveWhenWritten(pending: PendingCall): void {
    setNaming(pending.children, 'named');
    this.#requests.drained().then(
      () => {
        pending.guard?.end();
        pending.resolve(undefined);
      },
      (error: unknown) => this.#end(pending, error),
    );
  }

  /** A server that was told the time limit knows by itself when it has passed. */
  #tellGivenUp(messageId: number, error: Error): void {
    const { environment, hasExtension, hasTimeout } = this.#options;
    if (!hasExtension || (error instanceof TimeoutError && hasTimeout)) return;
    const cancel = {
      reason: firstReason(error),
      path: cancelPath(error, environment.processName),
    };
    // Not at once: the signal may fire in the middle of a request that is being written.
    environment.clock.defer(() =>
      this.#requests.sendMainMessage({
        kind: 'call-cancel',
        messageId,
        reason: encodeCancel(cancel),
      }),
    );
  }

  #end(pending: PendingCall, error: unknown): void {
    endCall(pending, error, this.#options.environment.serializer);
  }
}
