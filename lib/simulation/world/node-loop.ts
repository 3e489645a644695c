import { type Machine, runOn } from '../machine/machine.ts';
import type { JobQueue } from './job-queue.ts';
import { type ClockLoop, NodeClock } from './node-clock.ts';
import type { Schedule } from './schedule.ts';

/** The loop of a simulated process. It does nothing any more when the process has ended. */
export class NodeLoop implements ClockLoop {
  readonly schedule: Schedule;
  readonly thing: number;
  readonly deferred: (() => void)[] = [];
  readonly turns: JobQueue;
  /** The clock of the process. */
  readonly clock: NodeClock;
  readonly #clocks = new Set<NodeClock>();
  readonly #lastQueues = new Set<JobQueue>();
  readonly #machine: Machine;
  #blockedUntilMs = 0;
  #isDead = false;

  /** @param machine - chance for its code, and the one to tell what that must not use. */
  constructor(schedule: Schedule, machine: Omit<Machine, 'clock'>) {
    this.schedule = schedule;
    this.thing = schedule.touches.make();
    this.turns = schedule.open(this);
    this.clock = this.#add(schedule.open(this), this.turns);
    this.#machine = { ...machine, clock: this.clock };
  }

  get blockedUntilMs(): number {
    return this.#blockedUntilMs;
  }

  /** Whether the process has ended. */
  get isDead(): boolean {
    return this.#isDead;
  }

  get isRunning(): boolean {
    return !this.#isDead && this.schedule.running === this;
  }

  /** Runs code as that of the process: what it asks Node for comes from the process. */
  enter(work: () => void): void {
    runOn(this.#machine, work);
  }

  /** The job that happens now reads or changes the memory of the process, or what its clock tells. */
  touch(): void {
    this.schedule.touches.add(this.thing);
  }

  /** A clock for one socket. Its events happen in order, but before or after those of other sockets. */
  open(): NodeClock {
    const queue = this.schedule.open(this);
    const clock = this.#add(queue, queue);
    if (this.#isDead) clock.end();
    return clock;
  }

  close(clock: NodeClock, ...queues: readonly JobQueue[]): void {
    for (const queue of queues) this.schedule.close(queue);
    this.#clocks.delete(clock);
  }

  /**
   * Does something in so many milliseconds, before, between or after all that can happen at that time.
   * Resolves when it is done; never if the process ends before. @throws whatever `action` throws.
   */
  anytime(action: () => void, inMs: number): Promise<void> {
    const { schedule } = this;
    const queue = schedule.openLast(this);
    if (this.#isDead) schedule.close(queue);
    else this.#lastQueues.add(queue);
    return new Promise((resolve) => {
      const act = (): void => {
        this.#closeLast(queue);
        resolve(Promise.resolve().then(action));
      };
      queue.add(act, schedule.nowMs + inMs);
    });
  }

  /** A callback takes so long that nothing else happens in the process. */
  block(ms: number): void {
    this.schedule.touches.addAll();
    this.#blockedUntilMs = Math.max(this.#blockedUntilMs, this.schedule.nowMs + ms);
  }

  /** The process ends: nothing of it happens any more. */
  end(): void {
    this.#isDead = true;
    this.deferred.length = 0;
    for (const clock of this.#clocks) clock.end();
    for (const queue of this.#lastQueues) this.#closeLast(queue);
  }

  #closeLast(queue: JobQueue): void {
    this.#lastQueues.delete(queue);
    this.schedule.close(queue);
  }

  #add(timers: JobQueue, turns: JobQueue): NodeClock {
    const clock = new NodeClock(this, timers, turns);
    this.#clocks.add(clock);
    return clock;
  }
}
