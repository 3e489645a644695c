import { type Branch, type Choice, FIRST_ORDER } from './orders.ts';
import type { WorldError } from './world-error.ts';

/** The reasons for which an exploration ends before all orders were visited. */
export type ExploreStop = 'failure' | 'maxRuns' | 'maxDeviations';

/** A world that was run in one order. */
export interface Run {
  readonly choices: readonly Choice[];
  /** Whether it was given up, as it had come to the same as another order. */
  readonly isRepeated: boolean;
  readonly failure: WorldError | undefined;
}

/** An order that has been run, and the place from which on it is to be varied. */
interface Origin {
  readonly choices: readonly Choice[];
  readonly from: number;
}

/** The most worlds, and the most choices in which an order may differ from the first. */
interface Bounds {
  readonly maxRuns: number;
  readonly maxDeviations: number;
}

/** Visits all orders, in rounds: each varies the orders of the last round in one further choice. */
export class Explorer {
  readonly #run: (branch: Branch) => Promise<Run>;
  readonly #bounds: Bounds;
  /** The orders of this round. */
  #found: Origin[] = [];
  #visited = 0;
  #repeated = 0;
  #deviations = -1;
  #stoppedBy: ExploreStop | undefined;
  #failed: Run | undefined;

  /** @param run - runs a world in an order. */
  constructor(run: (branch: Branch) => Promise<Run>, bounds: Bounds) {
    this.#run = run;
    this.#bounds = bounds;
  }

  get visited(): number {
    return this.#visited;
  }

  get repeated(): number {
    return this.#repeated;
  }

  /** The number of rounds that are finished, but for the first. */
  get deviations(): number {
    return this.#deviations;
  }

  /** Undefined if all orders were visited. */
  get stoppedBy(): ExploreStop | undefined {
    return this.#stoppedBy;
  }

  get failed(): Run | undefined {
    return this.#failed;
  }

  async exploreAll(): Promise<void> {
    await this.#visit(FIRST_ORDER);
    while (this.#stoppedBy === undefined) {
      this.#deviations++;
      const origins = this.#found;
      if (origins.length === 0) return;
      this.#found = [];
      if (this.#deviations < this.#bounds.maxDeviations) await this.#varyAll(origins);
      else this.#stoppedBy = 'maxDeviations';
    }
  }

  async #varyAll(origins: readonly Origin[]): Promise<void> {
    for (const { choices, from } of origins) {
      for (let place = from; place < choices.length; place++) {
        await this.#varyAt(choices, place);
        if (this.#stoppedBy !== undefined) return;
      }
    }
  }

  /** Takes each of the others at this place. Those that were taken before are asleep then. */
  async #varyAt(choices: readonly Choice[], place: number): Promise<void> {
    const { taken, count, asleep: before, footprint } = choices[place] as Choice;
    const asleep = new Map(before).set(taken, footprint);
    for (let other = 0; other < count; other++) {
      if (asleep.has(other)) continue;
      const next = { taken: other, count };
      const run = await this.#visit({ choices: [...choices.slice(0, place), next], asleep });
      if (run === undefined) return;
      asleep.set(other, (run.choices[place] as Choice).footprint);
    }
  }

  /** Returns undefined if the exploration ends. */
  async #visit(branch: Branch): Promise<Run | undefined> {
    if (this.#visited + this.#repeated === this.#bounds.maxRuns) {
      this.#stoppedBy = 'maxRuns';
      return undefined;
    }
    const run = await this.#run(branch);
    if (run.isRepeated) this.#repeated++;
    else this.#visited++;
    if (run.failure !== undefined) {
      this.#stoppedBy = 'failure';
      this.#failed = run;
      return undefined;
    }
    const from = branch.choices.length;
    const { choices } = run;
    if (choices.slice(from).some(canVary)) this.#found.push({ choices, from });
    return run;
  }
}

/** Whether there is another thing to take that is not asleep. */
function canVary({ count, asleep }: Choice): boolean {
  return asleep.size + 1 < count;
}
