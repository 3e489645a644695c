import type { StatValues } from '../../diagnostics/stats.ts';
import { cancelPath, firstReason } from '../../base/cancel-path.ts';
import { overBefore, WaitGuard, type WaitSubject } from '../../base/waiting.ts';
import { encodeCancel } from '../../document/cancel-document.ts';
import type { Environment } from '../../settings/environment.ts';
import { ERRORS_VERSION } from '../../connection/handshake/extension.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { Link } from '../../connection/link/link.ts';
import {
  MessageTooLargeError,
  RefusedError,
  TimeoutError,
  UnsupportedError,
} from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Children } from '../../stream/handles/children.ts';
import { setNaming, settlePassing } from '../../stream/half/named-stream.ts';
import { discardArguments, holdErrors } from '../../stream/value/discard-streams.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { patchRequestHeader, requestHeaderBytes } from '../../wire/request-frame.ts';
import type { CallOptions } from '../common/call-options.ts';
import { CallTable } from './call-table.ts';
import { sendMainMessageToServer } from '../common/main-messages.ts';
import type { PendingCall } from './pending-call.ts';
import { endsTold, tellStart } from '../common/watched-call.ts';

/** The longest time that is told to a peer; a Seastar must be able to count it in nanoseconds. */
const MAX_WIRE_TIMEOUT_MS = 9_000_000_000_000;

/** A server that goes away. */
interface Leaver {
  /** Why a call is not sent. */
  refusal(): Error;
  /** A call that was under way is settled. */
  onSettled(): void;
}

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
  readonly #subject: WaitSubject;
  readonly #queue = new Set<PendingCall>();
  readonly #sent = new CallTable();
  /** There from `open` on; nothing is sent before. */
  #writer: FrameWriter | undefined;
  #hasTimeout = false;
  /** Whether both ends speak our extension in a version that has services, and the cancel of calls. */
  #hasExtension = false;
  #lastMessageId = 0;
  #isWaitingForRoom = false;
  #closedCause: Error | undefined;
  #leaver: Leaver | undefined;

  constructor(options: CallerOptions) {
    const { processName } = options.environment;
    this.#options = options;
    this.#subject = { what: 'the call', scope: 'call', processName };
  }

  /**
   * The connection is negotiated: sends what waits.
   *
   * @param extensionVersion - that was agreed; 0 for none.
   */
  open(link: Link, hasTimeout: boolean, extensionVersion: number): void {
    this.#writer = link.writer;
    this.#hasTimeout = hasTimeout;
    this.#hasExtension = extensionVersion >= ERRORS_VERSION;
    this.#sendQueued();
  }

  /** Calls that were sent and wait for their replies. */
  get sentCount(): number {
    return this.#sent.size;
  }

  /** Sends no more calls: refuses those that wait to be sent, and all later ones. */
  refuse(leaver: Leaver): void {
    this.#leaver = leaver;
    const unsent = [...this.#queue];
    this.#queue.clear();
    this.#count();
    for (const pending of unsent) this.#fail(pending, leaver.refusal());
  }

  /** Makes a call. Never throws; everything that is wrong rejects. */
  call(verb: Verb<Signature>, args: unknown[], options: CallOptions): Promise<unknown> {
    const { signal, timeoutMs } = options;
    const refusal = this.#closedCause ?? this.#leaver?.refusal();
    if (refusal !== undefined) return this.#refuse(verb, args, refusal);
    const over = overBefore(options, this.#subject);
    if (over !== undefined) {
      if (over instanceof TimeoutError) this.#options.stats.timeout++;
      return this.#refuse(verb, args, over);
    }
    if (this.#queue.size >= this.#options.maxQueuedCalls) {
      return this.#refuse(verb, args, this.#queueFull());
    }
    const isLimited = timeoutMs !== undefined && timeoutMs > 0 && timeoutMs !== Infinity;
    const { clock } = this.#options.environment;
    return new Promise((resolve, reject) => {
      const tellFinish = tellStart('client', verb, clock);
      const ends = tellFinish && endsTold(tellFinish, resolve, reject);
      const pending: PendingCall = {
        verb,
        args,
        deadline: isLimited ? clock.now() + timeoutMs : undefined,
        timeoutMs,
        resolve: ends?.resolve ?? resolve,
        reject: ends?.reject ?? reject,
        guard: undefined,
        messageId: 0,
        sentAt: 0,
        children: undefined,
      };
      if (isLimited || signal !== undefined) {
        pending.guard = new WaitGuard(clock, options, this.#subject, (error) =>
          this.#giveUp(pending, error),
        );
      }
      if (this.#canSend()) this.#send(pending);
      else this.#enqueue(pending);
    });
  }

  /** Tells the server something about a stream; without a connection nobody needs to know. */
  sendMainMessage(message: MainMessage): void {
    const writer = this.#writer;
    if (writer === undefined || this.#closedCause !== undefined) return;
    if (writer.isInFrame) {
      // Code in a value that is being written cancels a stream, or fires a signal that does.
      this.#options.environment.clock.defer(() => this.sendMainMessage(message));
      return;
    }
    sendMainMessageToServer(writer, this.#hasTimeout, ++this.#lastMessageId, message);
  }

  /** The call that `messageId` answers, taken out of the table; undefined when nobody waits for it. */
  take(messageId: number): PendingCall | undefined {
    const pending = this.#sent.take(messageId);
    if (pending === undefined) return undefined;
    this.#options.stats.waitReply = this.#sent.size;
    pending.guard?.end();
    this.#onSettled();
    return pending;
  }

  /** A result came too late: whatever goes on for it at the server, such as its streams, need not. */
  onLateResult(messageId: number): void {
    if (!this.#hasExtension) return;
    const reason = encodeCancel({ reason: 'the reply came too late', path: [] });
    this.sendMainMessage({ kind: 'call-cancel', messageId, reason });
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
    const writer = this.#writer;
    if (writer === undefined || this.#queue.size > 0) return false;
    return !writer.isFull && !writer.isInFrame;
  }

  #enqueue(pending: PendingCall): void {
    this.#queue.add(pending);
    holdErrors(pending.verb.args ?? this.#options.defaultSerializer, pending.args);
    this.#count();
    if (this.#writer?.isInFrame === true) {
      // Made by code in the arguments of another.
      this.#options.environment.clock.defer(() => this.#sendQueued());
    } else this.#waitForRoom();
  }

  #sendQueued(): void {
    if (this.#closedCause !== undefined) return;
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
      this.#assertSpoken(pending.verb);
      this.#write(pending, now);
      // A getter among the arguments may have aborted the client.
      if (this.#closedCause !== undefined) throw this.#closedCause;
    } catch (error) {
      settlePassing(children.takeNamed(), false);
      this.#fail(pending, error);
      return;
    }
    stats.sentMessages++;
    pending.sentAt = now;
    pending.children = children.takeNamed();
    settlePassing(pending.children, true);
    setNaming(pending.children, 'calling');
    if (pending.verb.isNoWait) this.#resolveWhenWritten(pending);
    else this.#sent.add(pending);
    stats.waitReply = this.#sent.size;
  }

  #assertSpoken({ needsExtension, name }: Verb<Signature>): void {
    if (needsExtension !== true || this.#hasExtension) return;
    throw new UnsupportedError(`calling ${name ?? 'the verb'}`);
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
        pending.guard?.end();
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
    if (pending.messageId > 0) this.#tellGivenUp(pending.messageId, error);
    this.#onSettled();
  }

  /** A server that was told the time limit knows by itself when it has passed. */
  #tellGivenUp(messageId: number, error: Error): void {
    if (!this.#hasExtension || (error instanceof TimeoutError && this.#hasTimeout)) return;
    const { clock, processName } = this.#options.environment;
    const cancel = { reason: firstReason(error), path: cancelPath(error, processName) };
    // Not at once: the signal may fire in the middle of a request that is being written.
    clock.defer(() =>
      this.sendMainMessage({ kind: 'call-cancel', messageId, reason: encodeCancel(cancel) }),
    );
  }

  /** Told when the reply at hand has been dealt with: it may bring streams. */
  #onSettled(): void {
    const leaver = this.#leaver;
    if (leaver !== undefined) this.#options.environment.clock.defer(() => leaver.onSettled());
  }

  #fail(pending: PendingCall, error: unknown): void {
    pending.guard?.end();
    if (pending.messageId === 0) this.#discard(pending.verb, pending.args);
    setNaming(pending.children, 'refused');
    pending.reject(error);
  }

  #refuse(verb: Verb<Signature>, args: unknown[], error: unknown): Promise<never> {
    this.#discard(verb, args);
    return Promise.reject(error);
  }

  /** Nobody will read the streams among the arguments of a call that is never sent. */
  #discard(verb: Verb<Signature>, args: unknown[]): void {
    discardArguments(verb.args ?? this.#options.defaultSerializer, args);
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
