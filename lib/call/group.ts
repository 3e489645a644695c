import { OptionError } from '../errors.ts';

/**
 * A class of work with a bound on how much of it runs at a time: what Seastar's scheduling groups
 * come to in a process with one thread. Handlers beyond the bound wait in order.
 */
export class Group {
  /** For handlers to see, and for logs. */
  readonly name: string;
  readonly #maxConcurrent: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param name - for handlers to see, and for logs.
   * @param maxConcurrent - handlers that may run at a time; default: no limit.
   * @throws OptionError if `maxConcurrent` is no whole number above 0.
   */
  constructor(name: string, maxConcurrent: number = Infinity) {
    if (maxConcurrent !== Infinity && !(Number.isSafeInteger(maxConcurrent) && maxConcurrent > 0)) {
      throw new OptionError('maxConcurrent', `${maxConcurrent} is no whole number above 0`);
    }
    this.name = name;
    this.#maxConcurrent = maxConcurrent;
  }

  /** Handlers that run now. */
  get running(): number {
    return this.#running;
  }

  /** Calls `start` now, or when it is its turn. Each start is to be followed by one `leave`. */
  enter(start: () => void): void {
    if (this.#running >= this.#maxConcurrent) {
      this.#waiting.push(start);
      return;
    }
    this.#running++;
    start();
  }

  /** A handler has ended; the next one starts. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running--;
    else next();
  }
}
