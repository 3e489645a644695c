import { TEXT } from '../../base/option-kinds.ts';
import { checkArgument, judgedBy } from '../../base/public-function.ts';
import { type Bounds, checkBounds } from '../../base/bounds.ts';

const MAX_CONCURRENT: Bounds = Object.freeze({ min: 1, isInfinityAllowed: true });

/**
 * A class of work with a limit on how much of it runs at a time. It is the counterpart of Seastar's
 * scheduling groups in a process with one thread. Handlers beyond the limit wait in order.
 */
export class Group {
  /** A name for handlers and logs. */
  readonly name: string;
  readonly #maxConcurrent: number;
  #running = 0;
  #isStarting = false;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param name - for handlers and logs.
   * @param maxConcurrent - number of handlers that may run at a time; default: no limit.
   * @throws OptionError if `maxConcurrent` is not a whole number above 0, MisuseError for a name
   *   that is no string.
   */
  constructor(name: string, maxConcurrent: number = Infinity) {
    checkArgument('Group', 'name', name, TEXT);
    judgedBy('Group', () => checkBounds('maxConcurrent', maxConcurrent, MAX_CONCURRENT));
    this.name = name;
    this.#maxConcurrent = maxConcurrent;
  }

  /** The number of handlers that run now. */
  get running(): number {
    return this.#running;
  }

  /** Calls `start` now, or when its turn comes. Each start must be followed by one `leave`. */
  enter(start: () => void): void {
    this.#waiting.push(start);
    this.#startWaiting();
  }

  /** A handler has ended; the next one starts. */
  leave(): void {
    this.#running--;
    this.#startWaiting();
  }

  /** In a loop, not by recursion: any number of handlers may end as soon as they start. */
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
