import { FUNCTION, having } from '../base/option-kinds.ts';
import { checkArgument } from '../base/public-function.ts';
import { shownValue } from '../base/shown-value.ts';
import { type Clock, systemClock, type Timer } from '../base/clock.ts';

interface PendingTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** The order of work inside one instant of a manual clock. */
export type Turns = Pick<Clock, 'defer' | 'yield'>;

const TURNS = having('an object with defer and yield', ['defer', 'yield']);

/** @throws RangeError unless time can be moved by it. */
export function assertTime(ms: number): void {
  if (typeof ms === 'number' && ms >= 0) return;
  throw new RangeError(`time cannot be advanced by ${shownValue(ms)} ms`);
}

/**
 * A clock that stands still until it is told to move.
 *
 * Only time is manual: `defer` and `yield` run on Node's own `process.nextTick` and `setImmediate`,
 * so that promises and sockets go on as always. Other turns can be given to the constructor (a
 * simulation gives a seeded queue).
 */
export class ManualClock implements Clock {
  readonly #turns: Turns;
  /** In order of due time, then of age. */
  readonly #timers: PendingTimer[] = [];
  #nowMs = 0;
  #pendingTurns = 0;

  /**
   * @param turns - runs work inside one instant. Default: Node's own turns.
   * @throws MisuseError for turns without `defer` and `yield`.
   */
  constructor(turns: Turns = systemClock) {
    checkArgument('ManualClock', 'turns', turns, TURNS);
    this.#turns = turns;
  }

  /** Timers that have neither fired nor been canceled. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** The time of the next timer, by this clock; undefined if there is none. */
  get nextTimerMs(): number | undefined {
    return this.#timers[0]?.dueMs;
  }

  /** Callbacks of `defer` and `yield` that are still to run. */
  get pendingTurns(): number {
    return this.#pendingTurns;
  }

  /** Milliseconds that the clock was advanced by since it was made. */
  now(): number {
    return this.#nowMs;
  }

  /**
   * A delay that is negative or NaN counts as 0; even then it takes an `advance` to fire. A part of
   * a millisecond counts as a whole one, as timers are no finer. Otherwise a timer that is set
   * again for a remainder left by rounding would be due at the same instant for ever.
   */
  setTimeout(callback: () => void, delayMs: number): Timer {
    checkArgument('clock.setTimeout', 'callback', callback, FUNCTION);
    const wholeMs = delayMs > 0 ? Math.ceil(delayMs) : 0;
    const timer: PendingTimer = { dueMs: this.#nowMs + wholeMs, callback };
    const after = this.#timers.findIndex((other) => other.dueMs > timer.dueMs);
    this.#timers.splice(after === -1 ? this.#timers.length : after, 0, timer);
    return { cancel: () => this.#cancel(timer) };
  }

  defer(callback: () => void): void {
    this.#turns.defer(this.#counted(callback));
  }

  yield(callback: () => void): void {
    this.#turns.yield(this.#counted(callback));
  }

  /**
   * Moves time forward and fires due timers in order, including timers that are set on the way.
   * Each callback sees the instant at which it was due. Promises settle only after `advance`
   * returns.
   *
   * @throws RangeError if `ms` is negative or NaN, and any error of a callback: time then stands at
   * that callback.
   */
  advance(ms: number): void {
    assertTime(ms);
    const targetMs = this.#nowMs + ms;
    let next: PendingTimer | undefined;
    while ((next = this.#timers[0]) !== undefined && next.dueMs <= targetMs) {
      this.#timers.shift();
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
    }
    this.#nowMs = Math.max(this.#nowMs, targetMs);
  }

  #counted(callback: () => void): () => void {
    this.#pendingTurns++;
    return () => {
      this.#pendingTurns--;
      callback();
    };
  }

  #cancel(timer: PendingTimer): void {
    const index = this.#timers.indexOf(timer);
    if (index !== -1) this.#timers.splice(index, 1);
  }
}
