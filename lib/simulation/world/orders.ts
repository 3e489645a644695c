import type { Chooser } from './dice.ts';
import type { JobQueue } from './job-queue.ts';
import { canSwap, type Footprint, Touches } from './touches.ts';

/** Of several things that could happen next, by their places: those that must not, and what each touches. */
export type Asleep = ReadonlyMap<number, Footprint>;

/** A choice that was made: which of so many things happened next. */
export interface Choice {
  readonly taken: number;
  readonly count: number;
  readonly asleep: Asleep;
  /** The things that the taken one has touched. */
  readonly footprint: Footprint;
}

/** An order to run: choices that were made before, and a last one that is another. */
export interface Branch {
  /** Where a count is not known, any will do. */
  readonly choices: readonly { readonly taken: number; readonly count?: number }[];
  /** Those asleep at the last choice. */
  readonly asleep: Asleep;
}

const NONE: Asleep = new Map();

/** The order that takes the first wherever there is a choice. */
export const FIRST_ORDER: Branch = Object.freeze({ choices: [], asleep: NONE });

/**
 * Makes the choices of a branch, and then always takes the first that is not asleep.
 *
 * A thing is asleep where it could happen next and another order has begun with it. It stays asleep
 * behind those things with which it can change places, since nothing new would come of it. So of all
 * orders that come to the same, one is run to its end.
 *
 * Source: the sleep sets of Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems".
 */
export class OrderChooser implements Chooser {
  /** The things that jobs touch, taken down if they may change places. */
  readonly touches: Touches;
  readonly #branch: Branch;
  readonly #choices: Choice[] = [];
  readonly #asleep = new Map<JobQueue, Footprint>();
  #isFixed = false;
  #isRepeated = false;
  #isUnderWay = false;
  /** The last choice, while that which was taken is under way. */
  #latest: Omit<Choice, 'footprint'> | undefined;

  /** @param canSwapJobs - whether things may change places that touch nothing in common. Default: none may. */
  constructor(branch: Branch, canSwapJobs = false) {
    this.#branch = branch;
    this.touches = new Touches(canSwapJobs);
  }

  /** All choices of a run that is over. */
  get choices(): readonly Choice[] {
    this.#finishJob();
    return this.#choices;
  }

  /** Whether the run was broken off: it had come to the same as another order. */
  get isRepeated(): boolean {
    return this.#isRepeated;
  }

  /** From now on the first is taken, and no choice is counted. */
  fix(): void {
    this.#isFixed = true;
    this.touches.addAll();
  }

  /** From now on choices are made and counted. */
  vary(): void {
    this.#isFixed = false;
    this.touches.addAll();
  }

  /**
   * The program ends with this job, so that its order with all others counts.
   *
   * @throws Error if it has ended before all choices of the branch were made.
   */
  end(): void {
    this.touches.addAll();
    const made = this.#choices.length + (this.#latest === undefined ? 0 : 1);
    const { length } = this.#branch.choices;
    if (made < length) {
      throw new Error(`the program ends after ${made} of ${length} choices: it has changed`);
    }
  }

  /**
   * The place of the queue of which a job happens next.
   *
   * @throws Error if the world has gone another way than before, or if all that can happen is asleep.
   */
  pick(ready: readonly JobQueue[]): number {
    this.#finishJob();
    if (this.#isFixed) return 0;
    const { choices, asleep } = this.#branch;
    const isLast = this.#choices.length === choices.length - 1;
    if (isLast && ready.length > 1) {
      for (const [place, footprint] of asleep)
        this.#asleep.set(ready[place] as JobQueue, footprint);
    }
    const first = ready.findIndex((queue) => !this.#asleep.has(queue));
    if (first === -1) {
      this.#isRepeated = true;
      throw new Error('all that can happen was run in another order');
    }
    this.#isUnderWay = true;
    return ready.length === 1 ? 0 : this.#take(ready.length, first, this.#placesAsleep(ready));
  }

  /** @throws Error if the world has gone another way than before. */
  below(count: number): number {
    this.#finishJob();
    if (this.#isFixed) return 0;
    this.#isUnderWay = true;
    return this.#take(count, 0, NONE);
  }

  #take(count: number, first: number, asleep: Asleep): number {
    const place = this.#choices.length;
    const before = this.#branch.choices[place];
    const { taken, count: countBefore = count } = before ?? { taken: first };
    if (taken >= count || count !== countBefore) {
      const was = before?.count === undefined ? `it is ${taken}` : `it was of ${countBefore}`;
      throw new Error(`choice ${place} is of ${count} things, and ${was}: the program has changed`);
    }
    this.#latest = { taken, count, asleep };
    return taken;
  }

  #placesAsleep(ready: readonly JobQueue[]): Asleep {
    if (this.#asleep.size === 0) return NONE;
    const places = new Map<number, Footprint>();
    for (const [place, queue] of ready.entries()) {
      const footprint = this.#asleep.get(queue);
      if (footprint !== undefined) places.set(place, footprint);
    }
    return places;
  }

  /** The job has happened. It wakes those with which it can't change places. */
  #finishJob(): void {
    if (!this.#isUnderWay) return;
    this.#isUnderWay = false;
    const { footprint } = this.touches;
    for (const [queue, other] of this.#asleep) {
      if (!canSwap(footprint, other)) this.#asleep.delete(queue);
    }
    if (this.#latest !== undefined) this.#choices.push({ ...this.#latest, footprint });
    this.#latest = undefined;
  }
}
