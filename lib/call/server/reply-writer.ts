import type { ByteWriter } from '../../base/byte-writer.ts';
import { cutText, MAX_ERROR_BYTES } from '../../base/cut-text.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { Link } from '../../connection/link/link.ts';
import { MessageTooLargeError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Children } from '../../stream/handles/children.ts';
import { resultToTuple } from '../../verb/verb.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import {
  EXCEPTION_HEADER_BYTES,
  writeLostException,
  writeRefusedException,
  writeStructuredException,
  writeUnknownVerb,
  writeUserException,
} from '../../wire/exception-body.ts';
import type { U64 } from '../../wire/integers.ts';
import { patchResponseHeader, responseHeaderBytes } from '../../wire/response-frame.ts';
import { callOf, type KeptReply } from '../resume/kept-reply.ts';
import type { SentLog } from '../resume/sent-log.ts';
import { MainOutbox } from '../common/main-outbox.ts';
import { sendMainMessageToClient } from '../common/main-messages.ts';
import { AwayWriter } from './away-writer.ts';
import type { ServerCore } from './server-core.ts';

/** The part of a writer that replies need. */
type ReplyFrames = Pick<FrameWriter, 'beginFrame' | 'endFrame' | 'rollbackFrame' | 'writeFilled'>;

/** The main connection that replies go out on. */
export type ReplyLink = Pick<Link, 'writer' | 'abort'>;

/**
 * Writes everything that a server sends to one client: results, exceptions, main messages. While a
 * client is away, it keeps what has to be told when the client is back.
 *
 *     attached --detach--> away --attach--> attached
 */
export class ReplyWriter {
  readonly #core: Pick<ServerCore, 'environment' | 'stats'>;
  /** Undefined if the client's session ends with its connection. */
  readonly #log: SentLog | undefined;
  #writer: ReplyFrames;
  /** Undefined while the client is away. */
  #outbox: MainOutbox | undefined;
  /** The log, while frames are sent. */
  #sent: SentLog | undefined;
  /** Calls that were answered since the client came back; undefined where nobody asks. */
  #answered: Set<number> | undefined;
  /** Calls that have replies which are kept until the client has them; undefined if there was none. */
  #once: Set<number> | undefined;
  /** Takes the replies that are kept. Made for the first of them. */
  #shelf: AwayWriter | undefined;
  #onKept: (() => void) | undefined;
  #children: Children;
  #hasDuration: boolean;

  /**
   * @param hasDuration - whether replies say how long the handler took.
   * @param log - of a client that can come back.
   */
  constructor(
    core: Pick<ServerCore, 'environment' | 'stats'>,
    link: ReplyLink,
    children: Children,
    hasDuration: boolean,
    log?: SentLog,
  ) {
    this.#core = core;
    this.#log = log;
    this.#sent = log;
    this.#writer = link.writer;
    this.#outbox = this.#outboxFor(link);
    this.#children = children;
    this.#hasDuration = hasDuration;
  }

  /**
   * The client has lost its connection, and may come back.
   *
   * @param onKept - called for each reply that is kept meanwhile.
   */
  detach(log: SentLog, onKept: () => void): void {
    this.#outbox?.close((message) => this.tellPeer(message));
    this.#outbox = undefined;
    this.#sent = undefined;
    this.#answered = undefined;
    this.#onKept = onKept;
    this.#writer = this.#shelfOf(log);
    this.#hasDuration = true;
  }

  /** The client is back, on this connection. Kept messages go out, in order. */
  attach(link: ReplyLink, children: Children, hasDuration: boolean): void {
    this.#writer = link.writer;
    this.#outbox = this.#outboxFor(link);
    this.#sent = this.#log;
    this.#answered = new Set();
    this.#children = children;
    this.#hasDuration = hasDuration;
    for (const message of this.#log?.takeMessages() ?? []) this.tellPeer(message);
  }

  /** Whether a call was answered since the client came back. */
  hasAnswered(messageId: number): boolean {
    return this.#answered?.has(messageId) === true;
  }

  /** Nobody asks any more which calls were answered. */
  endReview(): void {
    this.#answered = undefined;
  }

  /** Sends the kept reply of a call. Returns false if there is none. */
  sendKept(messageId: number): boolean {
    const log = this.#log;
    const reply = log?.takeReply(messageId);
    if (log === undefined || reply === undefined) return false;
    this.#write(reply);
    log.sendReply(reply);
    this.#answered?.add(messageId);
    return true;
  }

  /** Whether no further reply can be kept, of a client for which some are. */
  get isFull(): boolean {
    return this.#log?.isFull === true;
  }

  /** The reply of this call is to be kept until the client has it, if that can come back. */
  keepReplyOf(messageId: number): void {
    if (this.#log === undefined) return;
    this.#once ??= new Set();
    this.#once.add(messageId);
  }

  /** The call is over, with a reply or without one. */
  releaseReplyOf(messageId: number): void {
    this.#once?.delete(messageId);
  }

  /** Answers that the reply is lost. Only for clients that have come back. */
  sendLost(messageId: number, text: string): void {
    this.#sendException(messageId, undefined, (out) => writeLostException(out, text));
  }

  /**
   * Answers with a result.
   *
   * @throws SerializationError, MessageTooLargeError, RefusedError at `maxPromised`, or LostReply.
   *   Nothing is sent then.
   */
  sendResult(
    messageId: number,
    serializer: Serializer,
    result: unknown,
    durationUs: number | undefined,
  ): void {
    const { maxReplyBytes } = this.#core.environment.limits;
    const shelf = this.#shelfFor(messageId);
    const hasDuration = shelf !== undefined || this.#hasDuration;
    const headerBytes = responseHeaderBytes(hasDuration);
    const tuple = resultToTuple(serializer, result);
    this.#children.valueStreams?.checkRoom(serializer, tuple);
    const writer = shelf ?? this.#writer;
    const out = writer.beginFrame(headerBytes);
    try {
      serializer.encode(tuple, out, this.#children);
      const bytes = out.frameBytes - headerBytes;
      if (bytes > maxReplyBytes) {
        throw new MessageTooLargeError(bytes, maxReplyBytes, 'maxReplyBytes', 'call', 'local');
      }
      patchResponseHeader(out, hasDuration, { messageId, durationUs });
      writer.endFrame();
    } catch (error) {
      writer.rollbackFrame();
      throw error;
    }
    this.#core.stats.sentMessages++;
    if (shelf === undefined) this.#onSent(messageId);
  }

  /** Answers with a USER exception. */
  sendError(messageId: number, text: string, durationUs: number | undefined): void {
    const { maxErrorTextBytes, maxReplyBytes } = this.#core.environment.limits;
    // The usual texts are sent at any limit, but one of any length must not cost the connection.
    const most = Math.max(maxReplyBytes - EXCEPTION_HEADER_BYTES, MAX_ERROR_BYTES);
    const cut = cutText(text, Math.min(maxErrorTextBytes, most));
    this.#sendException(messageId, durationUs, (out) => writeUserException(out, cut));
  }

  /**
   * Answers that nothing was done and that another try may succeed. Only for clients that speak our
   * extension.
   */
  sendRefused(messageId: number, text: string): void {
    this.#sendException(messageId, undefined, (out) => writeRefusedException(out, text));
  }

  /** Answers with an error as a document. Only for clients that speak our extension. */
  sendFailure(messageId: number, document: Buffer, durationUs: number | undefined): void {
    this.#sendException(messageId, durationUs, (out) => writeStructuredException(out, document));
  }

  /** Answers that the server does not serve the verb. */
  sendUnknownVerb(messageId: number, verb: U64): void {
    this.#sendException(messageId, undefined, (out) => writeUnknownVerb(out, verb));
  }

  /**
   * Sends a main message to the client: at once, or behind the reply that is being written. For a
   * client that is away it is kept, unless it speaks of the connection that is gone.
   */
  tellPeer(message: MainMessage): void {
    if (this.#outbox === undefined) this.#log?.putMessage(message);
    else this.#outbox.tell(message);
  }

  #outboxFor(link: ReplyLink): MainOutbox {
    return new MainOutbox(link, this.#core.environment.clock, (message) => {
      sendMainMessageToClient(link.writer, this.#hasDuration, message);
      this.#sent?.send(message);
    });
  }

  #onSent(messageId: number): void {
    this.#sent?.count();
    this.#answered?.add(messageId);
  }

  #sendException(
    messageId: number,
    durationUs: number | undefined,
    fill: (out: ByteWriter) => void,
  ): void {
    const shelf = this.#shelfFor(messageId);
    const hasDuration = shelf !== undefined || this.#hasDuration;
    (shelf ?? this.#writer).writeFilled(responseHeaderBytes(hasDuration), (out) => {
      fill(out);
      patchResponseHeader(out, hasDuration, { messageId: -messageId, durationUs });
    });
    this.#core.stats.sentMessages++;
    if (shelf === undefined) this.#onSent(messageId);
  }

  /** Takes the reply of a call that is to be kept; undefined for any other call. */
  #shelfFor(messageId: number): AwayWriter | undefined {
    if (this.#once?.has(messageId) !== true || this.#log === undefined) return undefined;
    return this.#shelfOf(this.#log);
  }

  #shelfOf(log: SentLog): AwayWriter {
    const { slabs } = this.#core.environment;
    this.#shelf ??= new AwayWriter(slabs, (reply) => this.#keep(log, reply));
    return this.#shelf;
  }

  /** Keeps a reply, and sends it if there is a connection. Returns false if there is no room or way. */
  #keep(log: SentLog, reply: KeptReply): boolean {
    const isAway = this.#outbox === undefined;
    const isKept = log.putReply(reply);
    if (isAway && isKept) this.#onKept?.();
    if (isAway) return isKept;
    if (isKept) this.sendKept(callOf(reply));
    else {
      this.#write(reply);
      this.#onSent(callOf(reply));
    }
    return true;
  }

  #write(reply: KeptReply): void {
    this.#writer.writeFilled(responseHeaderBytes(this.#hasDuration), (out) => {
      out.append(reply.payload);
      patchResponseHeader(out, this.#hasDuration, reply);
    });
  }
}
