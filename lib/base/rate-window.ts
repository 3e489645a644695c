import type { Clock } from './clock.ts';

/** Rates are averages over this time, so that a short burst is allowed. */
const WINDOW_MS = 10_000;

/** Counts events in windows of ten seconds, and tells when one window has too many. */
export class RateWindow {
  readonly #clock: Clock;
  readonly #limit: number;
  #startedAt: number;
  #count = 0;

  /** @param perSecond - how many events a second are allowed, averaged over a window. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#limit = (perSecond * WINDOW_MS) / 1_000;
    this.#startedAt = clock.now();
  }

  /** Whether the window that began last is over. Then nothing is remembered of it. */
  get isOver(): boolean {
    return this.#clock.now() - this.#startedAt >= WINDOW_MS;
  }

  /** Counts one event. Returns whether it is within the limit. */
  count(): boolean {
    if (this.isOver) {
      this.#startedAt = this.#clock.now();
      this.#count = 0;
    }
    return ++this.#count <= this.#limit;
  }
}
