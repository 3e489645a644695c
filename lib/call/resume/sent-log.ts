import { SentFrames } from '../../wire/frame-positions.ts';
import { isKept, type MainMessage } from '../../wire/main-message.ts';
import { KEPT_FRAME_BYTES, KeptMessages } from '../common/kept-messages.ts';
import { callOf, type KeptFrame, keptBytes, type KeptReply } from './kept-reply.ts';

/** The replies of a list, and the memory that they count for. */
class KeptReplies {
  count = 0;
  bytes = 0;

  add(reply: KeptReply): void {
    this.count++;
    this.bytes += keptBytes(reply);
  }

  remove(reply: KeptReply): void {
    this.count--;
    this.bytes -= keptBytes(reply);
  }
}

/**
 * The frames that a server has sent in one session, or is to send on the next connection: their
 * positions, and those that it keeps. A frame is kept if it was sent and must be repeated, or if it
 * was done while the client was away.
 */
export class SentLog {
  #frames = new SentFrames<KeptFrame>('counted', (frame) => this.#release(frame));
  readonly #maxReplyBytes: number;
  readonly #maxPromised: number;
  #replies = new KeptReplies();
  #messages: KeptMessages;
  /** Messages for the next connection, in order. */
  #waitingMessages: MainMessage[] = [];
  /** Replies for the next connection, by call, in the order in which they were done. */
  readonly #waitingReplies = new Map<number, KeptReply>();

  /**
   * @param maxReplyBytes - memory for kept replies.
   * @param maxPromised - streams in values that may be promised in one direction.
   */
  constructor(maxReplyBytes: number, maxPromised: number) {
    this.#maxReplyBytes = maxReplyBytes;
    this.#maxPromised = maxPromised;
    this.#messages = new KeptMessages(maxPromised);
  }

  /** The memory that all kept frames count for. */
  get bytes(): number {
    return this.#replies.bytes + this.#messages.bytes;
  }

  /** Whether a reply is kept. */
  get hasReplies(): boolean {
    return this.#replies.count > 0;
  }

  /** Whether there is no room for any further reply, not even an empty one. */
  get isFull(): boolean {
    return this.#replies.bytes + KEPT_FRAME_BYTES > this.#maxReplyBytes;
  }

  /** Whether more messages are kept than a client may leave untaken. */
  get isOverfull(): boolean {
    return this.#messages.isOverfull;
  }

  /** A frame is sent, and is not repeated. */
  count(): void {
    this.#frames.send();
  }

  /** A message is sent, and kept if it is to be repeated. */
  send(message: MainMessage): void {
    if (isKept(message)) this.#frames.keep(this.#messages.add(message));
    else this.count();
  }

  /** A reply that is kept is sent, and kept on. */
  sendReply(reply: KeptReply): void {
    this.#frames.keep(reply);
    this.#replies.add(reply);
  }

  /** There is no connection: a message waits for the next one, unless it speaks of the last one. */
  putMessage(message: MainMessage): void {
    if (!isKept(message)) return;
    this.#waitingMessages.push(this.#messages.add(message));
  }

  /** There is no connection: a reply waits for the next one. Returns false if there is no room for it. */
  putReply(reply: KeptReply): boolean {
    if (this.#replies.bytes + keptBytes(reply) > this.#maxReplyBytes) return false;
    this.#waitingReplies.set(callOf(reply), reply);
    this.#replies.add(reply);
    return true;
  }

  /** The client has received all frames up to there. @throws ProtocolError for one that was not sent. */
  recvReceived(position: number): void {
    this.#frames.recvReceived(position);
  }

  /** Whether a client can have received all up to there, and no more. */
  canResumeAt(position: number): boolean {
    return this.#frames.canResumeAt(position);
  }

  /** The client is back, and has received all up to there. Kept frames behind it wait from now on. */
  resumeAt(position: number): void {
    const lost = this.#frames.resumeAt(position);
    const later = [...this.#waitingReplies];
    this.#waitingReplies.clear();
    const messages: MainMessage[] = [];
    for (const frame of lost) {
      if (frame.kind === 'reply') this.#waitingReplies.set(callOf(frame), frame);
      else messages.push(frame);
    }
    for (const [call, reply] of later) this.#waitingReplies.set(call, reply);
    this.#waitingMessages = [...messages, ...this.#waitingMessages];
  }

  /** Takes the messages that wait for a connection. */
  takeMessages(): readonly MainMessage[] {
    const messages = this.#waitingMessages;
    this.#waitingMessages = [];
    for (const message of messages) this.#messages.remove(message);
    return messages;
  }

  /** The calls with replies that wait for a connection. */
  waitingCalls(): number[] {
    return [...this.#waitingReplies.keys()];
  }

  /** Takes the reply of a call that waits for a connection; undefined if there is none. */
  takeReply(call: number): KeptReply | undefined {
    const reply = this.#waitingReplies.get(call);
    if (reply === undefined) return undefined;
    this.#waitingReplies.delete(call);
    this.#replies.remove(reply);
    return reply;
  }

  /** Nobody will take what is kept. */
  release(): void {
    this.#frames = new SentFrames<KeptFrame>('counted');
    this.#waitingMessages = [];
    this.#waitingReplies.clear();
    this.#replies = new KeptReplies();
    this.#messages = new KeptMessages(this.#maxPromised);
  }

  #release(frame: KeptFrame): void {
    if (frame.kind === 'reply') this.#replies.remove(frame);
    else this.#messages.remove(frame);
  }
}
