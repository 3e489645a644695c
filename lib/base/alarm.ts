import type { Clock, Timer } from './clock.ts';

/** One timer that is set, set anew and cleared; at most one call is pending. */
export class Alarm {
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a call is pending. */
  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  /** Calls back after `delayMs`, in place of what was pending. */
  set(delayMs: number, callback: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      callback();
    }, delayMs);
  }

  /** Nothing is pending any more. */
  clear(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
