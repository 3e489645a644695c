import { encodeError } from '../../document/error-document.ts';
import { StatusError } from '../../errors/status-error.ts';
import type { Refusal } from '../limits/governor.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { ServerCore } from './server-core.ts';

const FILTER_FAILED = 'the handler failed, and so did the error filter';

/** Answers those calls of one connection that have failed, or are turned away. */
export class Failures {
  readonly #core: Pick<ServerCore, 'errorText' | 'errorFilter'>;
  readonly #replies: ReplyWriter;
  readonly #isClientStructured: boolean;

  /** @param isClientStructured - whether the client takes errors as documents. */
  constructor(
    core: Pick<ServerCore, 'errorText' | 'errorFilter'>,
    replies: ReplyWriter,
    isClientStructured: boolean,
  ) {
    this.#core = core;
    this.#replies = replies;
    this.#isClientStructured = isClientStructured;
  }

  /** The error that is told in place of this one. Never throws. */
  filter(error: unknown): unknown {
    const { errorFilter } = this.#core;
    if (errorFilter === undefined) return error;
    try {
      return errorFilter(error);
    } catch {
      return new Error(FILTER_FAILED);
    }
  }

  /** As text. */
  sendText(messageId: number, error: unknown, durationUs: number): void {
    this.#replies.sendError(messageId, this.#textOf(error), durationUs);
  }

  /** As a document, once it has passed the filter; as text to a client that takes nothing else. */
  sendStructured(messageId: number, error: unknown, durationUs: number): void {
    const filtered = this.filter(error);
    if (!this.#isClientStructured) this.sendText(messageId, filtered, durationUs);
    else this.#replies.sendFailure(messageId, encodeError(filtered), durationUs);
  }

  /**
   * Turns a call away that may be tried again; as text to a client that takes nothing else.
   *
   * @param isStructured - whether the caller takes it as a document, which says when to try again.
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
