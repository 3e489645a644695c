import type { StatValues } from '../base/stats.ts';
import { overBefore, WaitGuard, type WaitSubject } from '../base/waiting.ts';
import type { Environment } from '../connection/environment.ts';
import type { FrameWriter } from '../connection/frame-writer.ts';
import type { Link } from '../connection/link.ts';
import { MessageTooLargeError, RefusedError, TimeoutError } from '../errors.ts';
import type { Serializer } from '../serializer/serializer.ts';
import { type Children, setNaming } from '../stream/children.ts';
import type { Signature, Verb } from '../verb.ts';
import type { ControlMessage } from '../wire/control-message.ts';
import { patchRequestHeader, requestHeaderBytes } from '../wire/request-frame.ts';
import type { CallOptions } from './call-options.ts';
import { CallTable } from './call-table.ts';
import { sendControlToServer } from './control.ts';
import type { PendingCall } from './pending-call.ts';

/** The longest time that is told to a peer; a Seastar must be able to count it in nanoseconds. */
const MAX_WIRE_TIMEOUT_MS = 9_000_000_000_000;

const THE_CALL: WaitSubject = { what: 'the call', scope: 'call' };

/** What a caller needs of its client. */
export interface CallerOptions {
  readonly environment: Environment;
  readonly children: Children;
  readonly stats: StatValues;
  readonly defaultSerializer: Serializer;
  /** Calls that may wait to be sent. */
  readonly maxQueuedCalls: number;
}

/**
 * The calling half of a main connection. Calls wait in order while there is no connection or no room,
 * and can be withdrawn there; once sent they wait in a table for their replies.
 */
export class Caller {
  readonly #options: CallerOptions;
  readonly #queue = new Set<PendingCall>();
  readonly #sent = new CallTable();
  /** There from `open` on; nothing is sent before. */
  #writer: FrameWriter | undefined;
  #hasTimeout = false;
  #lastMessageId = 0;
  #isWaitingForRoom = false;
  #closedCause: Error | undefined;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** The connection is negotiated: sends what waits. */
  open(link: Link, hasTimeout: boolean): void {
    this.#writer = link.writer;
    this.#hasTimeout = hasTimeout;
    this.#sendQueued();
  }

  /** Makes a call. Never throws; everything that is wrong rejects. */
  call(verb: Verb<Signature>, args: unknown[], options: CallOptions): Promise<unknown> {
    const { signal, timeoutMs } = options;
    if (this.#closedCause !== undefined) return Promise.reject(this.#closedCause);
    const over = overBefore(options, THE_CALL);
    if (over !== undefined) {
      if (over instanceof TimeoutError) this.#options.stats.timeout++;
      return Promise.reject(over);
    }
    if (this.#queue.size >= this.#options.maxQueuedCalls) return Promise.reject(this.#queueFull());
    const isLimited = timeoutMs !== undefined && timeoutMs > 0 && timeoutMs !== Infinity;
    const { clock } = this.#options.environment;
    return new Promise((resolve, reject) => {
      const pending: PendingCall = {
        verb,
        args,
        deadline: isLimited ? clock.now() + timeoutMs : undefined,
        timeoutMs,
        resolve,
        reject,
        guard: undefined,
        messageId: 0,
        sentAt: 0,
        children: undefined,
      };
      if (isLimited || signal !== undefined) {
        pending.guard = new WaitGuard(clock, options, THE_CALL, (error) =>
          this.#giveUp(pending, error),
        );
      }
      if (this.#canSend()) this.#send(pending);
      else this.#enqueue(pending);
    });
  }

  /** Tells the server something about a stream; without a connection nobody needs to know. */
  sendControl(message: ControlMessage): void {
    const writer = this.#writer;
    if (writer === undefined || this.#closedCause !== undefined) return;
    sendControlToServer(writer, this.#hasTimeout, ++this.#lastMessageId, message);
  }

  /** The call that `messageId` answers, taken out of the table; undefined when nobody waits for it. */
  take(messageId: number): PendingCall | undefined {
    const pending = this.#sent.take(messageId);
    if (pending === undefined) return undefined;
    this.#options.stats.waitReply = this.#sent.size;
    pending.guard?.stop();
    return pending;
  }

  /** Whether the message id belongs to a call that was sent once. */
  wasSent(messageId: number): boolean {
    return messageId > 0 && messageId <= this.#lastMessageId;
  }

  /** No reply will come any more: fails every call, now and later. */
  close(cause: Error): void {
    if (this.#closedCause !== undefined) return;
    this.#closedCause = cause;
    const pendingCalls = [...this.#sent.takeAll(), ...this.#queue];
    this.#queue.clear();
    this.#count();
    for (const pending of pendingCalls) this.#fail(pending, cause);
  }

  #canSend(): boolean {
    return this.#writer !== undefined && this.#queue.size === 0 && !this.#writer.isFull;
  }

  #enqueue(pending: PendingCall): void {
    this.#queue.add(pending);
    this.#count();
    this.#waitForRoom();
  }

  #sendQueued(): void {
    for (const pending of this.#queue) {
      if (this.#writer!.isFull) break;
      this.#queue.delete(pending);
      this.#send(pending);
    }
    this.#count();
    this.#waitForRoom();
  }

  #waitForRoom(): void {
    if (this.#writer === undefined || this.#isWaitingForRoom || this.#queue.size === 0) return;
    const room = this.#writer.room();
    if (room === undefined) return;
    this.#isWaitingForRoom = true;
    room.then(
      () => {
        this.#isWaitingForRoom = false;
        this.#sendQueued();
      },
      () => {},
    );
  }

  #send(pending: PendingCall): void {
    const { environment, children, stats } = this.#options;
    const now = environment.clock.now();
    if (pending.deadline !== undefined && pending.deadline <= now) {
      this.#giveUp(pending, new TimeoutError('the call', pending.timeoutMs ?? 0, 'call'));
      return;
    }
    try {
      this.#write(pending, now);
      // A getter among the arguments may have aborted the client.
      if (this.#closedCause !== undefined) throw this.#closedCause;
    } catch (error) {
      children.takeNamed();
      this.#fail(pending, error);
      return;
    }
    stats.sentMessages++;
    pending.sentAt = now;
    pending.children = children.takeNamed();
    for (const child of pending.children ?? []) child.isSinkPassed = true;
    setNaming(pending.children, 'calling');
    if (pending.verb.isNoWait) this.#resolveWhenWritten(pending);
    else this.#sent.add(pending);
    stats.waitReply = this.#sent.size;
  }

  #write(pending: PendingCall, now: number): void {
    const writer = this.#writer!;
    const { environment, children, defaultSerializer } = this.#options;
    const headerBytes = requestHeaderBytes(this.#hasTimeout);
    const out = writer.beginFrame(headerBytes);
    try {
      (pending.verb.args ?? defaultSerializer).encode(pending.args, out, children);
      const payloadBytes = out.frameBytes - headerBytes;
      const { maxRequestBytes } = environment.limits;
      if (payloadBytes > maxRequestBytes) {
        throw new MessageTooLargeError(
          payloadBytes,
          maxRequestBytes,
          'maxRequestBytes',
          'call',
          'local',
        );
      }
    } catch (error) {
      writer.rollbackFrame();
      throw error;
    }
    pending.messageId = ++this.#lastMessageId;
    patchRequestHeader(out, this.#hasTimeout, {
      timeoutMs: wireTimeout(pending.deadline, now),
      verb: pending.verb.number,
      messageId: pending.messageId,
    });
    writer.endFrame();
  }

  #resolveWhenWritten(pending: PendingCall): void {
    setNaming(pending.children, 'named');
    this.#writer!.drained().then(
      () => {
        pending.guard?.stop();
        pending.resolve(undefined);
      },
      (error: unknown) => this.#fail(pending, error),
    );
  }

  /** The caller's time or patience is over: an unsent call is withdrawn, a sent one forgotten. */
  #giveUp(pending: PendingCall, error: Error): void {
    this.#queue.delete(pending);
    this.#sent.take(pending.messageId);
    if (error instanceof TimeoutError) this.#options.stats.timeout++;
    this.#count();
    this.#fail(pending, error);
  }

  #fail(pending: PendingCall, error: unknown): void {
    pending.guard?.stop();
    setNaming(pending.children, 'refused');
    pending.reject(error);
  }

  #count(): void {
    this.#options.stats.pending = this.#queue.size;
    this.#options.stats.waitReply = this.#sent.size;
  }

  #queueFull(): RefusedError {
    return new RefusedError(
      `${this.#queue.size} calls wait to be sent, as many as maxQueuedCalls allows`,
      { initiator: 'local', retryable: true },
    );
  }
}

/** The milliseconds that are left, at least 1; 0 says none. */
function wireTimeout(deadline: number | undefined, now: number): number {
  if (deadline === undefined) return 0;
  return Math.min(Math.max(1, Math.ceil(deadline - now)), MAX_WIRE_TIMEOUT_MS);
}
