import { cutText } from '../../base/cut-text.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import { MessageTooLargeError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Children } from '../../stream/handles/children.ts';
import { resultToTuple } from '../../verb/verb.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import {
  writeRefusedException,
  writeStructuredException,
  writeUnknownVerb,
  writeUserException,
} from '../../wire/exception-body.ts';
import type { U64 } from '../../wire/integers.ts';
import { patchResponseHeader, responseHeaderBytes } from '../../wire/response-frame.ts';
import { sendMainMessageToClient } from '../common/main-messages.ts';

/** What a reply writer needs of its connection. */
export interface ReplyWriterOptions {
  readonly writer: FrameWriter;
  readonly hasDuration: boolean;
  readonly children: Children;
  readonly stats: StatValues;
  readonly maxReplyBytes: number;
}

/** Writes what a server sends on a main connection: results, exceptions, main messages. */
export class ReplyWriter {
  readonly #options: ReplyWriterOptions;

  constructor(options: ReplyWriterOptions) {
    this.#options = options;
  }

  /** Answers with a result. @throws SerializationError or MessageTooLargeError; nothing is sent then. */
  sendResult(
    messageId: number,
    serializer: Serializer,
    result: unknown,
    durationUs: number | undefined,
  ): void {
    const { writer, hasDuration, children, maxReplyBytes } = this.#options;
    const headerBytes = responseHeaderBytes(hasDuration);
    const out = writer.beginFrame(headerBytes);
    try {
      serializer.encode(resultToTuple(serializer, result), out, children);
      const payloadBytes = out.frameBytes - headerBytes;
      if (payloadBytes > maxReplyBytes) {
        throw new MessageTooLargeError(
          payloadBytes,
          maxReplyBytes,
          'maxReplyBytes',
          'call',
          'local',
        );
      }
    } catch (error) {
      writer.rollbackFrame();
      throw error;
    }
    patchResponseHeader(out, hasDuration, { messageId, durationUs });
    this.#end();
  }

  /** Answers with a USER exception. */
  sendError(messageId: number, text: string, durationUs: number | undefined): void {
    const out = this.#options.writer.beginFrame(responseHeaderBytes(this.#options.hasDuration));
    writeUserException(out, cutText(text));
    this.#endException(messageId, durationUs);
  }

  /** Answers that nothing was done, and that another try may succeed. Only to clients that speak our extension. */
  sendRefused(messageId: number, text: string): void {
    const out = this.#options.writer.beginFrame(responseHeaderBytes(this.#options.hasDuration));
    writeRefusedException(out, text);
    this.#endException(messageId, undefined);
  }

  /** Answers with an error as a document. Only to clients that speak our extension. */
  sendFailure(messageId: number, document: Buffer, durationUs: number | undefined): void {
    const out = this.#options.writer.beginFrame(responseHeaderBytes(this.#options.hasDuration));
    writeStructuredException(out, document);
    this.#endException(messageId, durationUs);
  }

  /** Answers that there is no such verb. */
  sendUnknownVerb(messageId: number, verb: U64): void {
    const out = this.#options.writer.beginFrame(responseHeaderBytes(this.#options.hasDuration));
    writeUnknownVerb(out, verb);
    this.#endException(messageId, undefined);
  }

  /** Tells the client something about a stream. */
  sendMainMessage(message: MainMessage): void {
    sendMainMessageToClient(this.#options.writer, this.#options.hasDuration, message);
  }

  #endException(messageId: number, durationUs: number | undefined): void {
    const { writer, hasDuration } = this.#options;
    patchResponseHeader(writer.frame, hasDuration, { messageId: -messageId, durationUs });
    this.#end();
  }

  #end(): void {
    this.#options.writer.endFrame();
    this.#options.stats.sentMessages++;
  }
}
