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
  writeRefusedException,
  writeStructuredException,
  writeUnknownVerb,
  writeUserException,
} from '../../wire/exception-body.ts';
import type { U64 } from '../../wire/integers.ts';
import { patchResponseHeader, responseHeaderBytes } from '../../wire/response-frame.ts';
import { MainOutbox } from '../common/main-outbox.ts';
import { sendMainMessageToClient } from '../common/main-messages.ts';
import type { ServerCore } from './server-core.ts';

/**
 * Writes everything that a server sends on a main connection: results, exceptions, main messages.
 */
export class ReplyWriter {
  readonly #core: Pick<ServerCore, 'environment' | 'stats'>;
  readonly #writer: FrameWriter;
  readonly #outbox: MainOutbox;
  readonly #children: Children;
  readonly #hasDuration: boolean;

  /** @param hasDuration - whether replies say how long the handler took. */
  constructor(
    core: Pick<ServerCore, 'environment' | 'stats'>,
    link: Pick<Link, 'writer' | 'abort'>,
    children: Children,
    hasDuration: boolean,
  ) {
    this.#core = core;
    this.#writer = link.writer;
    this.#outbox = new MainOutbox(link, core.environment.clock, (message) =>
      sendMainMessageToClient(this.#writer, hasDuration, message),
    );
    this.#children = children;
    this.#hasDuration = hasDuration;
  }

  /**
   * Answers with a result.
   *
   * @throws SerializationError, MessageTooLargeError, or RefusedError at `maxPromised`. Nothing is sent then.
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
    const out = this.#writer.beginFrame(headerBytes);
    try {
      serializer.encode(tuple, out, this.#children);
      const bytes = out.frameBytes - headerBytes;
      if (bytes > maxReplyBytes) {
        throw new MessageTooLargeError(bytes, maxReplyBytes, 'maxReplyBytes', 'call', 'local');
      }
      patchResponseHeader(out, this.#hasDuration, { messageId, durationUs });
      this.#writer.endFrame();
    } catch (error) {
      this.#writer.rollbackFrame();
      throw error;
    }
    this.#core.stats.sentMessages++;
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

  /** Sends a main message to the client: at once, or behind the reply that is being written. */
  tellPeer(message: MainMessage): void {
    this.#outbox.tell(message);
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
    this.#core.stats.sentMessages++;
  }
}
