import { RecentNumbers } from '../../base/recent-numbers.ts';
import { placeName } from '../../connection/link/peer-name.ts';
import { encodeCancel } from '../../document/cancel-document.ts';
import { TimeoutError, UnsupportedError } from '../../errors/errors.ts';
import { setCall, setNaming, settlePassing } from '../../stream/half/named-stream.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import { CallTable } from '../common/call-table.ts';
import { noteSent } from '../common/watch-call.ts';
import { givenUp } from './given-up.ts';
import type { MainConnection } from './main-connection.ts';
import { type CallHolder, endCall, type PendingCall } from './pending-call.ts';
import type { RequestWriter } from './request-writer.ts';

/** Calls that were given up and whose result may still come; the server ends older ones by leases. */
const MAX_GIVEN_UP = 4_096;

const TOO_LATE = encodeCancel({ reason: 'the reply came too late', path: [] });

/** Sends calls again on another connection. */
export interface CallRepeater {
  /** Whether there will be one. */
  readonly canRepeat: boolean;
  /** Sends the calls on the next connection, before all that wait for it. */
  repeat(calls: readonly PendingCall[]): void;
}

/** Sends the calls of one connection, and holds them until they are settled. */
export class SentCalls implements CallHolder {
  readonly #main: MainConnection;
  readonly #table = new CallTable<PendingCall>();
  readonly #requests: RequestWriter;
  readonly #givenUp = new RecentNumbers(MAX_GIVEN_UP);
  #closedCause: Error | undefined;

  constructor(main: MainConnection, requests: RequestWriter) {
    this.#main = main;
    this.#requests = requests;
  }

  /** The address of the server. */
  get peer(): string {
    return placeName(this.#main.link.peer);
  }

  /** Calls that wait for their replies. */
  get size(): number {
    return this.#table.size;
  }

  get connectionId(): bigint | undefined {
    return this.#main.agreed.connectionId;
  }

  /** Whether there is no room for a call. */
  get isFull(): boolean {
    return this.#requests.isFull;
  }

  /** Whether a call is being written just now, so that code in its arguments may be running. */
  get isInFrame(): boolean {
    return this.#requests.isInFrame;
  }

  /** Resolves when there is room; undefined if there is some already. */
  room(): Promise<void> | undefined {
    return this.#requests.room();
  }

  /** Sends a call. Never throws: a call that can't be sent is rejected. */
  send(pending: PendingCall): void {
    const { children, environment, stats } = this.#main;
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
    if (pending.watched !== undefined) noteSent(pending.watched, this, pending.messageId);
    setCall(pending.children, pending.watched);
    settlePassing(pending.children, true);
    setNaming(pending.children, 'calling');
    if (pending.verb.isNoWait) this.#resolveWhenWritten(pending);
    else this.#add(pending);
  }

  /**
   * Takes the call with this id out of the table; undefined if no call waits for the reply. Its time
   * goes on to run.
   */
  take(messageId: number): PendingCall | undefined {
    return this.#remove(messageId);
  }

  /**
   * A result came too late: the server should stop work that goes on for it, such as its streams. It
   * is told once for each call that was given up, whatever else it sends.
   */
  onLateResult(messageId: number): void {
    if (!this.#givenUp.take(messageId)) return;
    this.#requests.sendMainMessage({ kind: 'call-cancel', messageId, reason: TOO_LATE });
  }

  /** Whether a call with this message id was sent. */
  wasSent(messageId: number): boolean {
    return this.#requests.wasSent(messageId);
  }

  cancel(pending: PendingCall, error: Error): void {
    this.#main.frames.makeRoomForCalls(this.size);
    this.#remove(pending.messageId);
    if (error instanceof TimeoutError) this.#main.stats.timeout++;
    this.#end(pending, error);
    if (pending.messageId > 0) this.#tellGivenUp(pending.messageId, error);
  }

  /**
   * No more replies will come: fails the calls in the order in which they were sent. Those that were
   * surely not written, and those that may run twice, are sent again if there is a repeater.
   */
  close(cause: Error, repeater?: CallRepeater): void {
    if (this.#closedCause !== undefined) return;
    this.#closedCause = cause;
    const { stats, underWay } = this.#main;
    const again: PendingCall[] = [];
    for (const pending of this.#table.takeAll()) {
      stats.waitReply--;
      underWay.leave();
      if (repeater?.canRepeat === true && this.#isRepeatable(pending)) again.push(pending);
      else this.#end(pending, cause);
    }
    if (again.length > 0) repeater?.repeat(again);
  }

  /** The session keeps the calls for its next connection. They are given in the order of their ids. */
  park(): PendingCall[] {
    const parked = this.#table.takeAll();
    this.#main.stats.waitReply -= parked.length;
    for (let count = parked.length; count > 0; count--) this.#main.underWay.leave();
    return parked;
  }

  /** The server has received these calls on an earlier connection of the session. */
  adopt(calls: readonly PendingCall[]): void {
    for (const pending of calls) {
      pending.holder = this;
      this.#add(pending);
    }
  }

  #add(pending: PendingCall): void {
    this.#table.add(pending);
    this.#main.stats.waitReply++;
    this.#main.underWay.enter();
  }

  #remove(messageId: number): PendingCall | undefined {
    const pending = this.#table.take(messageId);
    if (pending === undefined) return undefined;
    this.#main.stats.waitReply--;
    this.#main.underWay.leave();
    return pending;
  }

  #assertSpoken({ needsExtension, name }: Verb<Signature>): void {
    if (needsExtension !== true || this.#main.agreed.capabilities.services) return;
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

  /** A server that knows the time limit notices by itself when it has passed. */
  #tellGivenUp(messageId: number, error: Error): void {
    const { environment, agreed } = this.#main;
    if (!agreed.capabilities.callCancel) return;
    this.#givenUp.add(messageId);
    if (error instanceof TimeoutError && agreed.hasTimeout) return;
    const message = givenUp(messageId, error, environment);
    // Not at once: the signal may fire while a request is being written.
    environment.clock.defer(() => this.#requests.sendMainMessage(message));
  }

  /** Its streams were made for this connection, and a call without a reply runs at most once. */
  #isRepeatable(pending: PendingCall): boolean {
    if (pending.children !== undefined) return false;
    const mayHaveRun = this.#mayHaveRun(pending);
    if (mayHaveRun) pending.mayHaveRun = true;
    return !mayHaveRun || pending.isIdempotent;
  }

  /** Bytes that wait at a socket may still be written, until it is closed. */
  #mayHaveRun({ messageId }: PendingCall): boolean {
    if (messageId === 0) return false;
    return this.#main.link.phase !== 'closed' || this.#requests.wasWritten(messageId);
  }

  #end(pending: PendingCall, error: unknown): void {
    if (this.#mayHaveRun(pending)) pending.mayHaveRun = true;
    endCall(pending, error, this.#main.agreed.serializer);
  }
}
