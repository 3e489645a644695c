import { encodeError } from '../../document/error-document.ts';
import { StatusError } from '../../errors/status-error.ts';
import type { Refusal } from '../limits/governor.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { ServerCore } from './server-core.ts';

const FILTER_FAILED = 'the handler failed, and so did the error filter';

/** Answers calls of one connection that have failed, or are turned away. */
export class Failures {
  readonly #core: Pick<ServerCore, 'errorText' | 'errorFilter'>;
  readonly #replies: ReplyWriter;
  readonly #isClientStructured: boolean;

  /** @param isClientStructured - whether the client can take errors as documents. */
  constructor(
    core: Pick<ServerCore, 'errorText' | 'errorFilter'>,
    replies: ReplyWriter,
    isClientStructured: boolean,
  ) {
    this.#core = core;
    this.#replies = replies;
    this.#isClientStructured = isClientStructured;
  }

  /** Returns the error to send in place of this one. Never throws. */
  filter(error: unknown): unknown {
    const { errorFilter } = this.#core;
    if (errorFilter === undefined) return error;
    try {
      return errorFilter(error);
    } catch {
      return new Error(FILTER_FAILED);
    }
  }

  /** Answers with the error as text. */
  sendText(messageId: number, error: unknown, durationUs: number): void {
    this.#replies.sendError(messageId, this.#textOf(error), durationUs);
  }

  /**
   * Answers with the filtered error as a document, or as text if the client can't take documents.
   */
  sendStructured(messageId: number, error: unknown, durationUs: number): void {
    const filtered = this.filter(error);
    if (!this.#isClientStructured) this.sendText(messageId, filtered, durationUs);
    else this.#replies.sendFailure(messageId, encodeError(filtered), durationUs);
  }

  /**
   * Turns away a call that may be tried again; as text if the client can't take anything else.
   *
   * @param isStructured - whether the caller takes the refusal as a document, which can say when to
   *   try again.
   */
  sendRefusal(messageId: number, { text, retryAfterMs }: Refusal, isStructured: boolean): void {
    if (!this.#isClientStructured) this.#replies.sendError(messageId, text, undefined);
    else if (!isStructured) this.#replies.sendRefused(messageId, text);
    else {
      const error = new StatusError('resource-exhausted', text, { retryable: true, retryAfterMs });
      this.#replies.sendFailure(messageId, encodeError(error), undefined);
    }
  }

  #textOf(error: unknown): string {
    try {
      return String(this.#core.errorText(error));
    } catch {
      return FILTER_FAILED;
    }
  }
}
