import type { Clock, Timer } from '../../base/clock.ts';
import type { JobOwner, JobQueue, Schedule } from './schedule.ts';

/** The loop of a simulated process. It does nothing any more when the process has ended. */
export class NodeLoop implements JobOwner {
  readonly schedule: Schedule;
  readonly deferred: (() => void)[] = [];
  /** The clock of the process. */
  readonly clock: NodeClock;
  readonly #clocks = new Set<NodeClock>();
  #blockedUntilMs = 0;
  #isDead = false;

  constructor(schedule: Schedule) {
    this.schedule = schedule;
    this.clock = new NodeClock(this, schedule.open(this), schedule.open(this));
    this.#clocks.add(this.clock);
  }

  get blockedUntilMs(): number {
    return this.#blockedUntilMs;
  }

  /** Whether the process has ended. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** A clock for one socket. Its events happen in order, but before or after those of other sockets. */
  open(): NodeClock {
    const queue = this.schedule.open(this);
    const clock = new NodeClock(this, queue, queue, () => this.#clocks.delete(clock));
    if (this.#isDead) clock.end();
    else this.#clocks.add(clock);
    return clock;
  }

  /** Puts off work until the job that runs now and all promises are done. */
  defer(callback: () => void): void {
    if (!this.#isDead) this.deferred.push(callback);
  }

  /** A callback takes so long that nothing else happens in the process. */
  block(ms: number): void {
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, this.schedule.nowMs + ms);
  }

  /** The process ends: nothing of it happens any more. */
  end(): void {
    this.#isDead = true;
    this.deferred.length = 0;
    for (const clock of this.#clocks) clock.end();
  }
}

/**
 * The clock of a simulated process, or of one of its sockets. Callbacks of different clocks that are
 * due at the same time happen in any order.
 */
export class NodeClock implements Clock {
  readonly #loop: NodeLoop;
  readonly #timers: JobQueue;
  readonly #turns: JobQueue;
  readonly #onEnd: (() => void) | undefined;
  #aheadMs = 0;

  constructor(loop: NodeLoop, timers: JobQueue, turns: JobQueue, onEnd?: () => void) {
    this.#loop = loop;
    this.#timers = timers;
    this.#turns = turns;
    this.#onEnd = onEnd;
  }

  now(): number {
    return this.#loop.schedule.nowMs + this.#aheadMs;
  }

  /** As with a manual clock, a part of a millisecond counts as a whole one. */
  setTimeout(callback: () => void, delayMs: number): Timer {
    const wholeMs = delayMs > 0 ? Math.ceil(delayMs) : 0;
    const job = this.#timers.add(callback, this.#loop.schedule.nowMs + wholeMs);
    return { cancel: () => void (job.isCanceled = true) };
  }

  defer(callback: () => void): void {
    this.#loop.defer(callback);
  }

  yield(callback: () => void): void {
    this.#turns.add(callback, this.#loop.schedule.nowMs);
  }

  /** The clock goes forward by itself: timers that are due by then fire at once. */
  jump(byMs: number): void {
    this.#aheadMs += byMs;
    this.#timers.hasten(byMs);
  }

  /** Nothing of it happens any more. */
  end(): void {
    const { schedule } = this.#loop;
    schedule.close(this.#timers);
    schedule.close(this.#turns);
    this.#onEnd?.();
  }
}
