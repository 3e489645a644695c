import { encodeError } from '../../document/error-document.ts';
import { StatusError } from '../../errors/status-error.ts';
import type { Refusal } from '../limits/governor.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** What becomes of errors on their way to callers; the same for all connections of a server. */
export interface ErrorOptions {
  /** The text that a caller gets for what a handler threw. */
  readonly errorText: (error: unknown) => string;
  /** What is sent in place of what a service's method threw; undefined for the same. */
  readonly errorFilter: ((error: unknown) => unknown) | undefined;
}

const FILTER_FAILED = 'the handler failed, and so did the error filter';

/** Answers the calls of one connection whose handlers have failed. */
export class Failures {
  readonly #options: ErrorOptions;
  readonly #replies: ReplyWriter;
  readonly #isClientStructured: boolean;

  /** @param isClientStructured - whether the client takes errors as documents. */
  constructor(options: ErrorOptions, replies: ReplyWriter, isClientStructured: boolean) {
    this.#options = options;
    this.#replies = replies;
    this.#isClientStructured = isClientStructured;
  }

  /** What is told in place of the error. Never throws. */
  filter(error: unknown): unknown {
    const { errorFilter } = this.#options;
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

  /** As what it is, once it has passed the filter; as text to a client that takes nothing else. */
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
      return String(this.#options.errorText(error));
    } catch {
      return FILTER_FAILED;
    }
  }
}
