import type { SubjectName, Workload } from './workload.ts';

/**
 * The subjects of a workload, which take turns. One that fails is reported, makes the program's exit
 * code 1, and drops out; the rest go on, unless it is the floor, without which nothing is comparable.
 */
export class Turns<State> {
  readonly #states = new Map<SubjectName, State>();
  readonly #workload: Workload;
  readonly #stop: (state: State) => Promise<void>;

  /** @param stop - takes leave of a subject, whether it has failed or all is done. */
  constructor(workload: Workload, stop: (state: State) => Promise<void> = async () => {}) {
    this.#workload = workload;
    this.#stop = stop;
  }

  /** Those that have not failed, in the order of their turns. */
  get states(): ReadonlyMap<SubjectName, State> {
    return this.#states;
  }

  /** Starts all subjects at once. */
  async start(start: (subject: SubjectName) => Promise<State>): Promise<void> {
    const names = Object.keys(this.#workload.subjects);
    const outcomes = await Promise.allSettled(names.map(start));
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') this.#states.set(names[i] ?? '', outcome.value);
    }
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'rejected') this.#report(names[i] ?? '', outcome.reason);
    }
  }

  /** Has one subject after the other do something. */
  async take(step: (state: State, subject: SubjectName) => Promise<void>): Promise<void> {
    for (const [subject, state] of this.#states) {
      try {
        await step(state, subject);
      } catch (error) {
        this.#states.delete(subject);
        await this.#stop(state);
        this.#report(subject, error);
      }
    }
  }

  /** Takes leave of all. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.#states.values(), this.#stop));
  }

  #report(subject: SubjectName, error: unknown): void {
    if (subject === 'floor') throw error;
    console.error(`${this.#workload.name} (${subject}) failed:`, error);
    process.exitCode = 1;
  }
}
