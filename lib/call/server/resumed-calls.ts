import { CanceledError, ProtocolError } from '../../errors/errors.ts';
import { MAX_PENDING_CALLS } from '../../wire/session-message.ts';
import type { SentLog } from '../resume/sent-log.ts';
import type { OngoingCalls } from './ongoing-calls.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** The text of a LOST exception. */
export const LOST_TEXT = 'the call may have run, and its reply is lost';

/** The calls of a client that has come back. */
export interface ReviewedCalls {
  readonly ongoing: Pick<OngoingCalls, 'isAwaited' | 'awaited' | 'cancel'>;
  readonly replies: Pick<ReplyWriter, 'sendKept' | 'hasAnswered' | 'sendLost' | 'endReview'>;
  readonly log: Pick<SentLog, 'waitingCalls' | 'takeReply'>;
}

/**
 * Settles the calls of a client that has come back, by its list of the calls that it still waits for.
 * Each of them gets its kept reply, or its own later, or learns that it is lost. What other calls have
 * left is given up.
 */
export class ResumedCalls {
  readonly #calls: ReviewedCalls;
  readonly #lastId: number;
  /** Calls of the list with replies that are still to come. */
  readonly #awaited = new Set<number>();

  /** @param lastId - the highest message id that was received before the client came back. */
  constructor(calls: ReviewedCalls, lastId: number) {
    this.#calls = calls;
    this.#lastId = lastId;
  }

  /**
   * Takes a part of the list. Returns whether it was the last one.
   *
   * @throws ProtocolError for a call that was not received.
   */
  take(messageIds: readonly number[]): boolean {
    for (const messageId of messageIds) this.#settle(messageId);
    if (messageIds.length === MAX_PENDING_CALLS) return false;
    this.#releaseOthers();
    this.#calls.replies.endReview();
    return true;
  }

  #settle(messageId: number): void {
    const { ongoing, replies } = this.#calls;
    if (messageId > this.#lastId) {
      throw new ProtocolError(`call ${messageId} is said to be received, and is not`);
    }
    if (ongoing.isAwaited(messageId)) this.#awaited.add(messageId);
    else if (!replies.sendKept(messageId) && !replies.hasAnswered(messageId)) {
      replies.sendLost(messageId, LOST_TEXT);
      ongoing.cancel(messageId, givenUp('the reply is lost'));
    }
  }

  #releaseOthers(): void {
    const { ongoing, log } = this.#calls;
    for (const messageId of ongoing.awaited()) {
      if (!this.#awaited.has(messageId)) ongoing.cancel(messageId, givenUp());
    }
    for (const messageId of log.waitingCalls()) {
      log.takeReply(messageId);
      ongoing.cancel(messageId, givenUp());
    }
  }
}

function givenUp(reason = 'the caller has come back and waits for it no more'): CanceledError {
  return new CanceledError('call', reason, 'remote');
}
