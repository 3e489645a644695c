import type { Clock, Timer } from '../../base/clock.ts';
import type { JobLoop, JobQueue } from './job-queue.ts';

/** The loop of a process, as its clocks see it. */
export interface ClockLoop extends JobLoop {
  readonly schedule: { readonly nowMs: number };
  /** The turns of the process itself. */
  readonly turns: JobQueue;
  /** Whether a job of the process happens now. */
  readonly isRunning: boolean;
  /** The job that happens now reads or changes something of the process. */
  touch(): void;
  /** Nothing of the clock happens any more. */
  close(clock: NodeClock, ...queues: readonly JobQueue[]): void;
}

/**
 * The clock of a simulated process, or of one of its sockets. Callbacks of different clocks that are
 * due at the same time happen in any order.
 */
export class NodeClock implements Clock {
  readonly #loop: ClockLoop;
  readonly #timers: JobQueue;
  #turns: JobQueue;
  #aheadMs = 0;

  constructor(loop: ClockLoop, timers: JobQueue, turns: JobQueue) {
    this.#loop = loop;
    this.#timers = timers;
    this.#turns = turns;
  }

  now(): number {
    this.#touch();
    return this.#loop.schedule.nowMs + this.#aheadMs;
  }

  /** As with a manual clock, a part of a millisecond counts as a whole one. */
  setTimeout(callback: () => void, delayMs: number): Timer {
    this.#touch();
    const wholeMs = delayMs > 0 ? Math.ceil(delayMs) : 0;
    const job = this.#timers.add(callback, this.#loop.schedule.nowMs + wholeMs);
    return { cancel: () => this.#timers.remove(job) };
  }

  /** What comes from outside of the process, such as a reset, is an event of its own. */
  defer(callback: () => void): void {
    this.#touch();
    if (this.#loop.isRunning) this.#loop.deferred.push(callback);
    else this.yield(callback);
  }

  yield(callback: () => void): void {
    this.#touch();
    this.#turns.add(callback, this.#loop.schedule.nowMs);
  }

  /** The clock goes forward by itself: timers that are due by then fire at once. */
  jump(byMs: number): void {
    this.#touch();
    this.#aheadMs += byMs;
    this.#timers.hasten(byMs);
  }

  /** Nothing that it was told happens any more. Later turns are those of the process. */
  end(): void {
    this.#loop.close(this, this.#timers, this.#turns);
    this.#turns = this.#loop.turns;
  }

  /** The clock of a process is used in the process. That of a socket is used by the peer as well. */
  #touch(): void {
    if (this.#turns === this.#loop.turns) this.#loop.touch();
  }
}
