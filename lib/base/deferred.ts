/** The outcome, kept for a promise that is asked for later. */
type Outcome<T> =
  | { readonly isResolved: true; readonly value: T }
  | { readonly isResolved: false; readonly reason: unknown };

/**
 * A promise with its `resolve` and `reject`. Its rejection is marked as handled: code that waits
 * for it still sees the rejection, and without any such code the process does not crash. The
 * promise is made when it is first asked for: nobody waits for most ends of streams.
 */
export class Deferred<T = void> {
  #promise: Promise<T> | undefined;
  #resolve: ((value: T) => void) | undefined;
  #reject: ((reason: unknown) => void) | undefined;
  #outcome: Outcome<T> | undefined;

  /** Settles when `resolve` or `reject` is called. */
  get promise(): Promise<T> {
    this.#promise ??= this.#make();
    return this.#promise;
  }

  /** Whether anybody has asked for the promise. */
  get isAsked(): boolean {
    return this.#promise !== undefined;
  }

  /** Settles with a value; later calls do nothing. */
  resolve(value: T): void {
    this.#outcome ??= { isResolved: true, value };
    this.#resolve?.(value);
  }

  /** Settles with a reason; later calls do nothing. */
  reject(reason: unknown): void {
    this.#outcome ??= { isResolved: false, reason };
    this.#reject?.(reason);
  }

  #make(): Promise<T> {
    const promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    promise.catch(() => {});
    if (this.#outcome?.isResolved === true) this.#resolve?.(this.#outcome.value);
    else if (this.#outcome !== undefined) this.#reject?.(this.#outcome.reason);
    return promise;
  }
}
