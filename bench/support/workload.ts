import type { Settings } from './settings.ts';

/** Who is measured: `floor`, raw sockets that carry the same bytes; `sluice`; or a peer by its name. */
export type SubjectName = string;

/** Numbers by what is appended to the workload's name; '' is the workload's own figure. */
export type Figures = Readonly<Record<string, number>>;

/** What the rounds gave, by subject. */
export type Rounds = ReadonlyMap<SubjectName, readonly Figures[]>;

/** What one run gave. It was checked: a run whose result is wrong throws. */
export interface Outcome {
  readonly seconds: number;
  readonly figures: Figures;
}

/** The serving side, in a process of its own. */
export interface Serving {
  readonly port: number;
}

/** The driving side, in another process. */
export interface Driving {
  /** Does the work `amount` times and checks what came of it. */
  run(amount: number): Promise<Outcome>;
}

/** One side of a comparison. */
export interface Subject {
  serve(): Promise<Serving>;
  /** @param heldStreams - how many a workload about idle streams opens beside the busy one. */
  connect(port: number, heldStreams: number): Promise<Driving>;
}

/**
 * How a workload is measured:
 *
 * - `rate`: the processes stay; every round repeats the work for a while.
 * - `held`: new processes each round; what `amount` of the thing adds to RSS, each.
 * - `peak`: new processes each round; the most that RSS grows while the work is done.
 */
export type Measure = 'rate' | 'held' | 'peak';

/** Loads what only the process that needs it loads, so that no subject carries another's code. */
export type LoadSubject = () => Promise<Subject>;

/** Who takes turns at a workload. What is no peer is always there. */
export interface Subjects {
  readonly floor: LoadSubject;
  readonly sluice: LoadSubject;
  readonly [peer: string]: LoadSubject;
}

/** One question put to every subject. */
export interface Workload {
  readonly name: string;
  readonly measure: Measure;
  /** The unit of each figure, by what is appended to the name. */
  readonly units: Readonly<Record<string, string>>;
  /** What a round of a `rate` workload does; default: what fits the time of a round. */
  readonly amount?: (settings: Settings) => number;
  /**
   * The figure that rises until the code is compiled, by what is appended to the name, where the time of a
   * round says nothing of it. Default: how much is done a second.
   */
  readonly settlesBy?: string;
  /**
   * How much is done at least before anything counts, where the time of a quick look's rounds is too
   * short for the code to be compiled. Then a warm-up goes on until the rate settles. Default: 0.
   */
  readonly warmUpAmount?: number;
  /** Whether a quick look at everything leaves it out, because it asks much the same as another. Default: false. */
  readonly isVariant?: boolean;
  /** Why it can't be measured here; undefined if it can. */
  readonly absence?: () => string | undefined;
  /** In the order in which they take turns. */
  readonly subjects: Subjects;
}
