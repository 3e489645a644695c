import { deferToNextTurn } from '../../base/turns.ts';
import type { Chooser } from './dice.ts';

/** Something that happens at an instant of the world. */
export interface Job {
  readonly run: () => void;
  /** By the time of the world. */
  dueMs: number;
  isCanceled: boolean;
}

/** Jobs that happen in order: by their time, and those of one time in the order in which they were added. */
export class JobQueue {
  readonly #jobs: Job[] = [];
  readonly #owner: JobOwner;
  #isEnded = false;

  constructor(owner: JobOwner) {
    this.#owner = owner;
  }

  /** The time at which its first job can happen; Infinity for never. */
  get dueMs(): number {
    for (let job; (job = this.#jobs[0]) !== undefined; this.#jobs.shift()) {
      if (!job.isCanceled) return Math.max(job.dueMs, this.#owner.blockedUntilMs);
    }
    return Infinity;
  }

  /** The process that they happen in. */
  get owner(): JobOwner {
    return this.#owner;
  }

  add(run: () => void, dueMs: number): Job {
    const job: Job = { run, dueMs, isCanceled: false };
    if (this.#isEnded) return job;
    let place = this.#jobs.length;
    while (place > 0 && (this.#jobs[place - 1] as Job).dueMs > dueMs) place--;
    this.#jobs.splice(place, 0, job);
    return job;
  }

  /** Takes the first job. It is there: `dueMs` was asked. */
  take(): Job {
    return this.#jobs.shift() as Job;
  }

  /** All jobs happen earlier by so much time. */
  hasten(byMs: number): void {
    for (const job of this.#jobs) job.dueMs -= byMs;
  }

  /** Nothing of it will happen, nor anything that is added. */
  end(): void {
    this.#isEnded = true;
    this.#jobs.length = 0;
  }
}

/** A process of the world, as its jobs see it. */
export interface JobOwner {
  /** Its loop is blocked until then. */
  readonly blockedUntilMs: number;
  /** Work that comes before its next job, in order. */
  readonly deferred: (() => void)[];
}

/**
 * The order in which everything in a world happens. Time passes only when nothing can happen now.
 * Where several things can happen at the same time, the chooser decides. After each of them all
 * promises settle, as in a process's own loop.
 */
export class Schedule {
  readonly #chooser: Chooser;
  readonly #queues = new Set<JobQueue>();
  #nowMs = 0;
  #steps = 0;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The number of jobs that have happened. */
  get steps(): number {
    return this.#steps;
  }

  /** A new queue. Its jobs can happen before or after those of others of the same time. */
  open(owner: JobOwner): JobQueue {
    const queue = new JobQueue(owner);
    this.#queues.add(queue);
    return queue;
  }

  /** Nothing of the queue will happen. */
  close(queue: JobQueue): void {
    queue.end();
    this.#queues.delete(queue);
  }

  /** Lets the next thing happen. Returns false if nothing is left to happen until `untilMs`. */
  async step(untilMs: number): Promise<boolean> {
    const ready = this.#takeReady(untilMs);
    if (ready.length === 0) return false;
    const queue = ready[ready.length === 1 ? 0 : this.#chooser.below(ready.length)] as JobQueue;
    this.#steps++;
    queue.take().run();
    await settled();
    const { deferred } = queue.owner;
    for (let callback; (callback = deferred.shift()) !== undefined; await settled()) callback();
    return true;
  }

  /** The queues of which a job can happen at the next instant at which one can. */
  #takeReady(untilMs: number): JobQueue[] {
    let ready: JobQueue[] = [];
    let atMs = Infinity;
    for (const queue of this.#queues) {
      const dueMs = Math.max(queue.dueMs, this.#nowMs);
      if (dueMs > atMs || dueMs > untilMs || dueMs === Infinity) continue;
      if (dueMs < atMs) ready = [];
      atMs = dueMs;
      ready.push(queue);
    }
    if (ready.length > 0) this.#nowMs = atMs;
    return ready;
  }
}

/** Resolves when every promise has settled that can settle now. */
export function settled(): Promise<void> {
  return new Promise(deferToNextTurn);
}
