import { deferToNextTurn, deferToTick } from './turns.ts';

/** A pending timer. */
export interface Timer {
  /** Stops the timer. Does nothing if it has fired or was canceled. */
  cancel(): void;
}

/**
 * The only source of time. All code that waits takes a clock, so that specs and simulations can run
 * on a manual one.
 */
export interface Clock {
  /** Monotonic milliseconds, with fractions; only differences mean something. */
  now(): number;
  /** Calls back once after `delayMs`, which may exceed what Node's own timers can hold. */
  setTimeout(callback: () => void, delayMs: number): Timer;
  /** Calls back when the current turn's microtasks are done, before any I/O. */
  defer(callback: () => void): void;
  /** Calls back after the I/O that is ready now. */
  yield(callback: () => void): void;
}

/** Node turns a longer delay into 1 ms. */
const MAX_DELAY_MS = 0x7fff_ffff;

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(callback: () => void, delayMs: number) {
    this.#arm(callback, delayMs);
  }

  #arm(callback: () => void, delayMs: number): void {
    const step = Math.min(delayMs, MAX_DELAY_MS);
    this.#handle = setTimeout(() => {
      if (delayMs > step) this.#arm(callback, delayMs - step);
      else callback();
    }, step);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }
}

/**
 * The machine's clock. Its time and its timers are the globals of the moment, so that tests can fake
 * them. Its turns are always Node's own.
 */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  setTimeout: (callback: () => void, delayMs: number) => new SystemTimer(callback, delayMs),
  defer: deferToTick,
  yield: deferToNextTurn,
});
