/** The largest part of a token that rounding may lose. */
const ROUNDING = 1e-6;

const MS_PER_SECOND = 1_000;

/**
 * Bounds a rate, with room for bursts: after a pause, one second's allowance may come at once;
 * after that, events come no faster than the rate. It reads no clock: the caller says what time it
 * is.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAt = -Infinity;

  /**
   * @param perSecond - above 0. Below 1 the bucket has room for one token. Infinity bounds nothing.
   */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#capacity = Math.max(1, perSecond);
    this.#tokens = this.#capacity;
  }

  /** Milliseconds until there is a token; 0 if there is one. */
  waitMs(now: number): number {
    if (this.#capacity === Infinity) return 0;
    this.#fill(now);
    const missing = 1 - this.#tokens;
    if (missing <= ROUNDING) return 0;
    return ((missing - ROUNDING / 2) * MS_PER_SECOND) / this.#perSecond;
  }

  /** Takes a token. Call it only when there is one. */
  take(): void {
    this.#tokens = Math.max(0, this.#tokens - 1);
  }

  #fill(now: number): void {
    const since = (now - this.#filledAt) / MS_PER_SECOND;
    this.#filledAt = now;
    this.#tokens = Math.min(this.#capacity, this.#tokens + since * this.#perSecond);
  }
}
