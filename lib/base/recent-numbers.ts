/** Remembers the numbers that were added last, up to a fixed count; older ones are left out. */
export class RecentNumbers {
  readonly #capacity: number;
  readonly #present = new Set<number>();
  /** The numbers in the order of adding, in a ring. */
  readonly #ring: number[] = [];
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds a number that is not there. */
  add(number: number): void {
    if (this.#ring.length === this.#capacity) this.#present.delete(this.#ring[this.#next]!);
    this.#ring[this.#next] = number;
    this.#next = (this.#next + 1) % this.#capacity;
    this.#present.add(number);
  }

  has(number: number): boolean {
    return this.#present.has(number);
  }

  /** Takes a number out; returns whether it was there. */
  take(number: number): boolean {
    return this.#present.delete(number);
  }
}
