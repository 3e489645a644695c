import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { TurnEnd } from '../../base/turn-end.ts';

/** Streams of one kind that may be opened again at a time. */
const MAX_RESUMES = 16;

/**
 * Lets a bounded number of streams be opened again at a time. Those with a reader that waits come
 * first, the others in order.
 */
export class ResumeTurns {
  /** Streams that are lost together are all there before the first one is chosen. */
  readonly #turnEnd: TurnEnd;
  readonly #awaited: Deferred[] = [];
  readonly #others: Deferred[] = [];
  #running = 0;

  constructor(clock: Pick<Clock, 'defer'>) {
    this.#turnEnd = new TurnEnd(clock, () => this.#begin());
  }

  /**
   * Resolves when the stream may be opened again; `leave` must follow.
   *
   * @param isAwaited - whether a reader waits for the stream.
   */
  enter(isAwaited: boolean): Promise<void> {
    const turn = new Deferred();
    (isAwaited ? this.#awaited : this.#others).push(turn);
    this.#turnEnd.plan();
    return turn.promise;
  }

  /** The stream was opened, or not. */
  leave(): void {
    this.#running--;
    this.#turnEnd.plan();
  }

  #begin(): void {
    while (this.#running < MAX_RESUMES) {
      const next = this.#awaited.shift() ?? this.#others.shift();
      if (next === undefined) return;
      this.#running++;
      next.resolve();
    }
  }
}
