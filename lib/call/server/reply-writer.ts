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
    const { slabs } = this.#core.environment;
    this.#outbox?.close((message) => this.tellPeer(message));
    this.#outbox = undefined;
    this.#sent = undefined;
    this.#answered = undefined;
    this.#writer = new AwayWriter(slabs, (reply) => {
      const isKept = log.putReply(reply);
      if (isKept) onKept();
      return isKept;
    });
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
    const reply = this.#log?.takeReply(messageId);
    if (reply === undefined) return false;
    this.#log?.sendReply(reply);
    this.#writer.writeFilled(responseHeaderBytes(this.#hasDuration), (out) => {
      out.append(reply.payload);
      patchResponseHeader(out, this.#hasDuration, reply);
    });
    return true;
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
    const headerBytes = responseHeaderBytes(this.#hasDuration);
    const tuple = resultToTuple(serializer, result);
    this.#children.valueStreams?.checkRoom(serializer, tuple);
    const writer = this.#writer;
    const out = writer.beginFrame(headerBytes);
    try {
      serializer.encode(tuple, out, this.#children);
      const bytes = out.frameBytes - headerBytes;
      if (bytes > maxReplyBytes) {
        throw new MessageTooLargeError(bytes, maxReplyBytes, 'maxReplyBytes', 'call', 'local');
      }
      patchResponseHeader(out, this.#hasDuration, { messageId, durationUs });
      writer.endFrame();
    } catch (error) {
      writer.rollbackFrame();
      throw error;
    }
    this.#onSent(messageId);
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
    this.#core.stats.sentMessages++;
    this.#sent?.count();
    this.#answered?.add(messageId);
  }

  #sendException(
    messageId: number,
    durationUs: number | undefined,
    fill: (out: ByteWriter) => void,
  ): void {
    this.#writer.writeFilled(responseHeaderBytes(this.#hasDuration), (out) => {
      fill(out);
      patchResponseHeader(out, this.#hasDuration, { messageId: -messageId, durationUs });
    });
    this.#onSent(messageId);
  }
}
