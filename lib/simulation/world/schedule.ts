import { deferToNextTurn } from '../../base/turns.ts';
import type { Chooser } from './dice.ts';
import { type JobLoop, JobQueue } from './job-queue.ts';
import { OrderChooser } from './orders.ts';
import { Touches } from './touches.ts';

/**
 * The order in which everything in a world happens. Time passes only when nothing can happen now.
 * Where several things can happen at the same time, the chooser decides. After each of them all
 * promises settle, as in a process's own loop.
 */
export class Schedule {
  /** The things that the job touches which happens now. */
  readonly touches: Touches;
  readonly #chooser: Chooser;
  readonly #queues = new Set<JobQueue>();
  /** Those of `openLast`. They stay at the end of `#queues`. */
  readonly #lastQueues = new Set<JobQueue>();
  #running: JobLoop | undefined;
  #nowMs = 0;
  #steps = 0;

  constructor(chooser: Chooser) {
    this.#chooser = chooser;
    this.touches = chooser instanceof OrderChooser ? chooser.touches : new Touches();
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The number of jobs that have happened. */
  get steps(): number {
    return this.#steps;
  }

  /** The process in which a job happens now; undefined for none. */
  get running(): JobLoop | undefined {
    return this.#running;
  }

  /** A new queue. Its jobs can happen before or after those of others of the same time. */
  open(owner: JobLoop): JobQueue {
    const queue = new JobQueue(owner, this.touches);
    this.#queues.add(queue);
    this.#moveLastBack();
    return queue;
  }

  /** A new queue. Of several that are ready it is told last to the chooser, behind later ones as well. */
  openLast(owner: JobLoop): JobQueue {
    const queue = new JobQueue(owner, this.touches);
    this.#lastQueues.add(queue);
    this.#moveLastBack();
    return queue;
  }

  /** Nothing of the queue will happen. */
  close(queue: JobQueue): void {
    queue.end();
    this.#queues.delete(queue);
    this.#lastQueues.delete(queue);
  }

  /**
   * Lets the next thing happen. Returns false if nothing is left to happen until `untilMs`.
   *
   * @throws whatever a callback throws.
   */
  async step(untilMs: number): Promise<boolean> {
    const ready = this.#takeReady(untilMs);
    if (ready.length === 0) return false;
    const queue = ready[this.#choose(ready)] as JobQueue;
    const { owner } = queue;
    const { deferred } = owner;
    this.#running = owner;
    this.#steps++;
    this.touches.begin();
    this.touches.add(owner.thing);
    owner.enter(queue.take().run);
    await settled();
    while (deferred.length > 0) {
      for (let callback; (callback = deferred.shift()) !== undefined;) owner.enter(callback);
      await settled();
    }
    this.#running = undefined;
    return true;
  }

  #choose(ready: readonly JobQueue[]): number {
    const chooser = this.#chooser;
    if (chooser instanceof OrderChooser) return chooser.pick(ready);
    return ready.length === 1 ? 0 : chooser.below(ready.length);
  }

  #moveLastBack(): void {
    for (const queue of this.#lastQueues) {
      this.#queues.delete(queue);
      this.#queues.add(queue);
    }
  }

  /** The queues of which a job can happen at the next instant at which one can. */
  #takeReady(untilMs: number): JobQueue[] {
    const ready: JobQueue[] = [];
    let atMs = Infinity;
    for (const queue of this.#queues) {
      const dueMs = Math.max(queue.dueMs, this.#nowMs);
      if (dueMs > atMs || dueMs > untilMs || dueMs === Infinity) continue;
      if (dueMs < atMs) ready.length = 0;
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
