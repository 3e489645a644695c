import { checkBounds } from '../../base/bounds.ts';

/**
 * A class of work with a bound on how much of it runs at a time: what Seastar's scheduling groups
 * come to in a process with one thread. Handlers beyond the bound wait in order.
 */
export class Group {
  /** For handlers to see, and for logs. */
  readonly name: string;
  readonly #maxConcurrent: number;
  #running = 0;
  #isStarting = false;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param name - for handlers to see, and for logs.
   * @param maxConcurrent - handlers that may run at a time; default: no limit.
   * @throws OptionError if `maxConcurrent` is no whole number above 0.
   */
  constructor(name: string, maxConcurrent: number = Infinity) {
    checkBounds('maxConcurrent', maxConcurrent, { min: 1, isInfinityAllowed: true });
    this.name = name;
    this.#maxConcurrent = maxConcurrent;
  }

  /** Handlers that run now. */
  get running(): number {
    return this.#running;
  }

  /** Calls `start` now, or when it is its turn. Each start is to be followed by one `leave`. */
  enter(start: () => void): void {
    this.#waiting.push(start);
    this.#startWaiting();
  }

  /** A handler has ended; the next one starts. */
  leave(): void {
    this.#running--;
    this.#startWaiting();
  }

  /** In one loop, not from within each other: any number of handlers may end as soon as they start. */
  #startWaiting(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    while (this.#running < this.#maxConcurrent) {
      const start = this.#waiting.shift();
      if (start === undefined) break;
      this.#running++;
      start();
    }
    this.#isStarting = false;
  }
}
