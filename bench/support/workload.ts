/** Who is measured: raw sockets that carry the same bytes, or the library. */
export type SubjectName = 'floor' | 'sluice';

/** Both, in the order in which they take turns. */
export const SUBJECTS: readonly SubjectName[] = ['floor', 'sluice'];

/** Numbers by what is appended to the workload's name; '' is the workload's own figure. */
export type Figures = Readonly<Record<string, number>>;

/** What the rounds gave, by subject. */
export type Rounds = Record<SubjectName, Figures[]>;

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
  connect(port: number): Promise<Driving>;
}

/**
 * How a workload is measured:
 *
 * - `rate`: the processes stay; every round repeats the work for a while.
 * - `held`: new processes each round; what `amount` of the thing adds to RSS, each.
 * - `peak`: new processes each round; the most that RSS grows while the work is done.
 */
export type Measure = 'rate' | 'held' | 'peak';

/** One question put to both subjects. */
export interface Workload {
  readonly name: string;
  readonly measure: Measure;
  /** The unit of each figure, by what is appended to the name. */
  readonly units: Readonly<Record<string, string>>;
  /** Loaded only in the process that needs it, so that no subject carries the other's code. */
  readonly subjects: Readonly<Record<SubjectName, () => Promise<Subject>>>;
}
