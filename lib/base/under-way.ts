/**
 * Counts the things that must finish before something can end in order: calls, streams, work in the
 * background. Closing and draining wait for this count, so that they need not check several places
 * again and again.
 *
 * A thing that causes another one enters the other before it leaves. A reply that brings a stream
 * enters the stream first. So the count is zero only when nothing is left.
 */
export class UnderWay {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Things that have entered and not left. */
  get count(): number {
    return this.#count;
  }

  /** Something begins. Each `enter` needs one `leave`. */
  enter(): void {
    this.#count++;
  }

  /** Something is over. @throws RangeError if nothing is under way: something has left twice. */
  leave(): void {
    if (this.#count === 0) throw new RangeError('nothing is under way that could leave');
    this.#count--;
    if (this.#count > 0 || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /**
   * Resolves once nothing is under way. This includes things that enter before the waiting code
   * runs.
   */
  async whenIdle(): Promise<void> {
    while (this.#count > 0) {
      await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    }
  }
}
