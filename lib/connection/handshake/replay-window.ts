/** A counter can be used up to this far behind the highest one. */
export const REPLAY_WINDOW = 1_024;

const WORD_BITS = 32;

/**
 * Accepts each counter once. Counters may come in another order than they were given out, within a
 * window behind the highest one. Source: the anti-replay window of IPsec, RFC 4303.
 */
export class ReplayWindow {
  /** One bit for each counter of the window, at its number modulo the window. */
  readonly #used = new Uint32Array(REPLAY_WINDOW / WORD_BITS);
  #highest = 0;

  /**
   * Uses a counter, a whole number from 1 on. Returns whether this was its first use, as far as the
   * window remembers.
   */
  use(counter: number): boolean {
    if (counter > this.#highest) this.#advanceTo(counter);
    else if (counter <= this.#highest - REPLAY_WINDOW || this.#isUsed(counter)) return false;
    this.#used[wordOf(counter)]! |= bitOf(counter);
    return true;
  }

  #isUsed(counter: number): boolean {
    return (this.#used[wordOf(counter)]! & bitOf(counter)) !== 0;
  }

  /** Moves the window; counters that leave it make place for new ones. */
  #advanceTo(counter: number): void {
    const first = Math.max(this.#highest + 1, counter - REPLAY_WINDOW + 1);
    for (let entering = first; entering <= counter; entering++) {
      this.#used[wordOf(entering)]! &= ~bitOf(entering);
    }
    this.#highest = counter;
  }
}

/** Always an index within the array. */
function wordOf(counter: number): number {
  return Math.floor((counter % REPLAY_WINDOW) / WORD_BITS);
}

function bitOf(counter: number): number {
  return 1 << (counter % WORD_BITS);
}
