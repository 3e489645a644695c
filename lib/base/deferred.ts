/**
 * A promise with its ends in hand. Its rejection is marked as handled: whoever waits on it still
 * sees it, and nobody waiting is no crash.
 */
export class Deferred<T = void> {
  /** Settles when one of the two ends is called. */
  readonly promise: Promise<T>;
  // A promise calls its executor at once, in the constructor.
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  /** Settles with a value; later calls do nothing. */
  resolve(value: T): void {
    this.#resolve(value);
  }

  /** Settles with a reason; later calls do nothing. */
  reject(reason: unknown): void {
    this.#reject(reason);
  }
}
