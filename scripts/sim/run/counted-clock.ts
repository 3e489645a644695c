import type { Clock, Timer } from '../../../lib/base/clock.ts';

/** A clock that counts the timers that are pending. */
export class CountedClock implements Clock {
  readonly #clock: Clock;
  readonly #pending = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pendingTimers(): number {
    return this.#pending.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, delayMs: number): Timer {
    const inner = this.#clock.setTimeout(() => {
      this.#pending.delete(timer);
      callback();
    }, delayMs);
    const timer: Timer = {
      cancel: () => {
        this.#pending.delete(timer);
        inner.cancel();
      },
    };
    this.#pending.add(timer);
    return timer;
  }

  defer(callback: () => void): void {
    this.#clock.defer(callback);
  }

  yield(callback: () => void): void {
    this.#clock.yield(callback);
  }
}
