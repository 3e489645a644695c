import { promiseOf } from '../../base/promise-of.ts';
import { waitFor } from '../../base/waiting.ts';
import { encodeError } from '../../document/error-document.ts';
import { StatusError } from '../../errors/status-error.ts';
import type { Refusal } from '../limits/governor.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { ServerCore } from './server-core.ts';

const HOOK_FAILED = 'the handler failed, and so did the error filter';

/** A hook that says what is told of an error may take so long. */
export const HOOK_LIMIT_MS = 1_000;

const THE_HOOK = { what: 'the error filter', scope: 'call' } as const;

/** A call that has failed. */
export interface FailedCall {
  readonly messageId: number;
  readonly durationUs: number;
  /** Whether a reply would still be heard. */
  readonly isReplyWanted: boolean;
}

/** Answers calls of one connection that have failed, or are turned away. */
export class Failures {
  readonly #core: Pick<ServerCore, 'environment' | 'errorText' | 'errorFilter'>;
  readonly #replies: ReplyWriter;
  readonly #isClientStructured: boolean;

  /** @param isClientStructured - whether the client can take errors as documents. */
  constructor(
    core: Pick<ServerCore, 'environment' | 'errorText' | 'errorFilter'>,
    replies: ReplyWriter,
    isClientStructured: boolean,
  ) {
    this.#core = core;
    this.#replies = replies;
    this.#isClientStructured = isClientStructured;
  }

  /**
   * Calls `tell` once, with the error to send in place of this one: at once, or when the filter has
   * settled, at most after {@link HOOK_LIMIT_MS}. Never throws.
   *
   * @param tell - learns whether a filter has let the error pass as it is, with its paths.
   */
  filter(error: unknown, tell: (told: unknown, isFiltered: boolean) => void): void {
    const { errorFilter } = this.#core;
    if (errorFilter === undefined) tell(error, false);
    else
      this.#ask(
        () => errorFilter(error),
        (told) => tell(told, true),
      );
  }

  /**
   * Answers a call with an error. Never throws.
   *
   * @param isStructured - whether the caller takes it as a document, once it has passed the filter.
   *   A client that takes nothing else gets it as text all the same.
   * @param onSent - called once it was sent, or is not wanted any more.
   */
  send(call: FailedCall, error: unknown, isStructured: boolean, onSent: () => void): void {
    const { durationUs } = call;
    if (!isStructured) this.#sendText(call, error, durationUs, onSent);
    else {
      this.filter(error, (told, isFiltered) => {
        if (!this.#isClientStructured) this.#sendText(call, told, durationUs, onSent);
        else {
          if (call.isReplyWanted) {
            this.#replies.sendFailure(call.messageId, encodeError(told, isFiltered), durationUs);
          }
          onSent();
        }
      });
    }
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

  #sendText(call: FailedCall, error: unknown, durationUs: number, onSent: () => void): void {
    this.#ask(
      () => this.#core.errorText(error),
      (text) => {
        if (call.isReplyWanted) {
          const told = typeof text === 'string' ? text : HOOK_FAILED;
          this.#replies.sendError(call.messageId, told, durationUs);
        }
        onSent();
      },
    );
  }

  /** Calls `tell` with the answer of a hook, or with an error of ours where it gives none. */
  #ask(hook: () => unknown, tell: (answer: unknown) => void): void {
    let answer: unknown;
    try {
      answer = hook();
    } catch {
      answer = new Error(HOOK_FAILED);
    }
    const pending = promiseOf(answer);
    if (pending === undefined) tell(answer);
    else {
      const bounds = { timeoutMs: HOOK_LIMIT_MS };
      void waitFor(pending, this.#core.environment.clock, bounds, THE_HOOK)
        .catch(() => new Error(HOOK_FAILED))
        .then(tell);
    }
  }
}
