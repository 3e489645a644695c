import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';

/** Streams of one kind that may be opened again at a time. */
const MAX_RESUMES = 16;

/**
 * Lets a bounded number of streams be opened again at a time. Those with a reader that waits come
 * first, the others in order.
 */
export class ResumeTurns {
  readonly #clock: Pick<Clock, 'defer'>;
  readonly #awaited: Deferred[] = [];
  readonly #others: Deferred[] = [];
  #running = 0;
  #isPlanned = false;

  constructor(clock: Pick<Clock, 'defer'>) {
    this.#clock = clock;
  }

  /**
   * Resolves when the stream may be opened again; `leave` must follow.
   *
   * @param isAwaited - whether a reader waits for the stream.
   */
  enter(isAwaited: boolean): Promise<void> {
    const turn = new Deferred();
    (isAwaited ? this.#awaited : this.#others).push(turn);
    this.#plan();
    return turn.promise;
  }

  /** The stream was opened, or not. */
  leave(): void {
    this.#running--;
    this.#plan();
  }

  /** Streams that are lost together are all there before the first one is chosen. */
  #plan(): void {
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.defer(() => {
      this.#isPlanned = false;
      this.#begin();
    });
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
