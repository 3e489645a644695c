import type { Touches } from './touches.ts';

/** Something that happens at an instant of the world. */
export interface Job {
  readonly run: () => void;
  /** By the time of the world. */
  dueMs: number;
}

/** A process of the world, as its jobs see it. */
export interface JobLoop {
  /** Its memory, as a thing that jobs touch. */
  readonly thing: number;
  /** Its loop is blocked until then, by the time of the world. */
  readonly blockedUntilMs: number;
  /** Work that its running job has put off, in order. */
  readonly deferred: (() => void)[];
  /** Runs code as that of the process. */
  enter(work: () => void): void;
}

/** Jobs that happen in order: by their time, and those of one time in the order in which they were added. */
export class JobQueue {
  /** The process that they happen in. */
  readonly owner: JobLoop;
  readonly #touches: Touches;
  readonly #thing: number;
  readonly #jobs: Job[] = [];
  #isEnded = false;

  constructor(owner: JobLoop, touches: Touches) {
    this.owner = owner;
    this.#touches = touches;
    this.#thing = touches.make();
  }

  /** The time at which its first job can happen; Infinity for never. */
  get dueMs(): number {
    const [first] = this.#jobs;
    return first === undefined ? Infinity : Math.max(first.dueMs, this.owner.blockedUntilMs);
  }

  add(run: () => void, dueMs: number): Job {
    this.#touches.add(this.#thing);
    const job: Job = { run, dueMs };
    if (!this.#isEnded) this.#jobs.splice(this.#placeOf(dueMs), 0, job);
    return job;
  }

  /** Does nothing if the job has happened. */
  remove(job: Job): void {
    this.#touches.add(this.#thing);
    const place = this.#jobs.indexOf(job);
    if (place !== -1) this.#jobs.splice(place, 1);
  }

  /** Takes the first job. It is there: `dueMs` was asked. */
  take(): Job {
    this.#touches.add(this.#thing);
    return this.#jobs.shift() as Job;
  }

  /** All jobs happen earlier by so much time. */
  hasten(byMs: number): void {
    this.#touches.add(this.#thing);
    for (const job of this.#jobs) job.dueMs -= byMs;
  }

  /** Nothing of it will happen, nor anything that is added. */
  end(): void {
    this.#touches.add(this.#thing);
    this.#isEnded = true;
    this.#jobs.length = 0;
  }

  /** Behind all jobs that are not due later. */
  #placeOf(dueMs: number): number {
    let low = 0;
    let high = this.#jobs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#jobs[middle] as Job).dueMs > dueMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
