/** Counts streams that were opened, carried one number, and ended in order. */
export class EndedStreams {
  #count = 0;
  #sum = 0;
  #wanted = Number.POSITIVE_INFINITY;
  #resolve: ((sum: number) => void) | undefined;

  /** A stream has ended whose only message was `number`. */
  add(number: number): void {
    this.#count++;
    this.#sum += number;
    this.#settle();
  }

  /** Resolves with the sum of the numbers once so many streams have ended, and counts anew then. */
  expect(count: number): Promise<number> {
    this.#wanted = count;
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#count < this.#wanted) return;
    this.#resolve?.(this.#sum);
    this.#count = 0;
    this.#sum = 0;
    this.#wanted = Number.POSITIVE_INFINITY;
  }
}
