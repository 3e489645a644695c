/** Counts what arrives, tells which message of a ring is due, and when all have come. */
export class Tally {
  readonly #mask: number;
  #count = 0;
  #left = 0;
  #resolve: (() => void) | undefined;

  /** @param ringLength - a power of two. */
  constructor(ringLength: number) {
    this.#mask = ringLength - 1;
  }

  /** Messages that have come since `expect`. */
  get count(): number {
    return this.#count;
  }

  /** Resolves when `count` messages have come from now on, the ring's first one first. */
  expect(count: number): Promise<void> {
    if (this.#left > 0) throw new Error(`${this.#left} messages have not come`);
    this.#count = 0;
    this.#left = count;
    return new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Counts a message. Returns its place in the ring. */
  next(): number {
    const left = --this.#left;
    if (left === 0) this.#resolve?.();
    else if (left < 0) throw new Error('a message has come that nobody sent');
    return this.#count++ & this.#mask;
  }
}
