import type { Clock, Timer } from './clock.ts';

/** A timer that can be set, set again and cleared. At most one call is pending. */
export class Alarm {
  readonly #clock: Pick<Clock, 'setTimeout'>;
  #timer: Timer | undefined;

  constructor(clock: Pick<Clock, 'setTimeout'>) {
    this.#clock = clock;
  }

  /** Whether a call is pending. */
  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** Calls back after `delayMs`. Replaces the call that was pending. */
  set(delayMs: number, callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      callback();
    }, delayMs);
  }

  /** Cancels the pending call. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
