import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import { MessageTooLargeError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Children } from '../../stream/handles/children.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { patchRequestHeader, requestHeaderBytes } from '../../wire/request-frame.ts';
import { CALLS_PER_WRITE } from '../common/calls-per-write.ts';
import { tooManyKept } from '../common/kept-messages.ts';
import { MainOutbox } from '../common/main-outbox.ts';
import { sendMainMessageToServer } from '../common/main-messages.ts';
import type { MainConnection } from './main-connection.ts';
import type { PendingCall } from './pending-call.ts';
import type { SessionFrames } from './session-frames.ts';

/**
 * The longest time limit that is sent to a peer: a Seastar must be able to count it in nanoseconds.
 */
const MAX_WIRE_TIMEOUT_MS = 9_000_000_000_000;

/** Writes requests and main messages to a server, and gives them their message ids. */
export class RequestWriter {
  readonly #writer: FrameWriter;
  readonly #outbox: MainOutbox;
  readonly #maxRequestBytes: number;
  readonly #hasTimeout: boolean;
  readonly #headerBytes: number;
  readonly #children: Children;
  readonly #serializer: Serializer;
  /** The bytes that the socket had got when the last request was begun. */
  #flushedBytes = 0;
  /** The first message that the socket had not got by then. */
  #firstUnwritten: number;
  readonly #frames: SessionFrames;

  constructor({ environment, link, agreed, children, frames }: MainConnection) {
    this.#frames = frames;
    this.#firstUnwritten = frames.sent.last + 1;
    this.#writer = link.writer;
    this.#writer.maxGathered = CALLS_PER_WRITE;
    this.#outbox = new MainOutbox(link, environment.clock, (message) => {
      sendMainMessageToServer(this.#writer, agreed.hasTimeout, frames.takeId(message), message);
      if (frames.isOverfull) link.abort(tooManyKept('server'));
    });
    this.#maxRequestBytes = environment.limits.maxRequestBytes;
    this.#hasTimeout = agreed.hasTimeout;
    this.#headerBytes = requestHeaderBytes(agreed.hasTimeout);
    this.#children = children;
    this.#serializer = agreed.serializer;
  }

  /** Whether a request must wait until there is room. */
  get isFull(): boolean {
    return this.#writer.isFull;
  }

  /** Whether a request is being written just now, so that code in its arguments may be running. */
  get isInFrame(): boolean {
    return this.#writer.isInFrame;
  }

  /** Resolves when there is room; undefined if there is some already. */
  room(): Promise<void> | undefined {
    return this.#writer.room();
  }

  /** Resolves when the kernel has taken all requests. */
  drained(): Promise<void> {
    return this.#writer.drained();
  }

  /** Whether a message with this id was sent. */
  wasSent(messageId: number): boolean {
    return messageId > 0 && messageId <= this.#frames.sent.last;
  }

  /** Whether the socket has got any of the message, so that the server may have read it. */
  wasWritten(messageId: number): boolean {
    return messageId < this.#firstUnwritten || flushedBytesOf(this.#writer) !== this.#flushedBytes;
  }

  /**
   * Writes the request of a call.
   *
   * @throws the errors of its serializer, MessageTooLargeError, and RefusedError at `maxPromised`. Nothing is written then.
   */
  write(pending: PendingCall, now: number): void {
    const writer = this.#writer;
    const serializer = pending.verb.args ?? this.#serializer;
    this.#children.valueStreams?.checkRoom(serializer, pending.args);
    const out = writer.beginFrame(this.#headerBytes);
    const messageId = this.#frames.sent.last + 1;
    const flushedBytes = flushedBytesOf(writer);
    if (flushedBytes !== this.#flushedBytes) {
      this.#flushedBytes = flushedBytes;
      this.#firstUnwritten = messageId;
    }
    try {
      serializer.encode(pending.args, out, this.#children);
      const payloadBytes = out.frameBytes - this.#headerBytes;
      if (payloadBytes > this.#maxRequestBytes) throw this.#tooLarge(payloadBytes);
      patchRequestHeader(out, this.#hasTimeout, {
        timeoutMs: wireTimeout(pending.deadline, now),
        verb: pending.verb.number,
        messageId,
      });
      writer.endFrame();
    } catch (error) {
      writer.rollbackFrame();
      throw error;
    }
    this.#frames.sent.send();
    pending.messageId = messageId;
  }

  /** Sends a main message to the server. Does nothing once the connection is over. */
  sendMainMessage(message: MainMessage): void {
    this.#outbox.tell(message);
  }

  /**
   * The connection is over.
   *
   * @param next - takes the messages that are told later. Default: nobody does.
   */
  close(next?: (message: MainMessage) => void): void {
    this.#outbox.close(next);
  }

  #tooLarge(payloadBytes: number): MessageTooLargeError {
    return new MessageTooLargeError(
      payloadBytes,
      this.#maxRequestBytes,
      'maxRequestBytes',
      'call',
      'local',
    );
  }
}

/** The milliseconds that are left, at least 1; 0 for a call without a limit. */
function wireTimeout(deadline: number | undefined, now: number): number {
  if (deadline === undefined) return 0;
  return Math.min(Math.max(1, Math.ceil(deadline - now)), MAX_WIRE_TIMEOUT_MS);
}

/** The bytes that the socket got so far. */
function flushedBytesOf({ sentBytes, inFlightBytes }: FrameWriter): number {
  return sentBytes + inFlightBytes;
}
