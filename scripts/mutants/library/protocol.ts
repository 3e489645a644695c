/** Asks a worker to run tests. */
export interface RunRequest {
  /** Undefined runs the file as it is. */
  readonly mutant: string | undefined;
  /** Full titles; undefined for all. */
  readonly tests: readonly string[] | undefined;
  readonly testTimeoutMs: number;
  /** So many times the mutant's place may be reached: beyond, it is taken for an endless loop. */
  readonly hitLimit: number;
}

/** How the tests of a request fared. */
export interface RunReply {
  /** The test that failed first, and why. */
  readonly failed: { readonly title: string; readonly text: string } | undefined;
  readonly tookMs: number;
}

/** How often the places of mutants are reached, by their ids. */
export type Hits = Readonly<Record<string, number>>;

/** The first words of a worker, after it ran all tests with nothing broken. */
export interface Survey extends RunReply {
  /** Reached while the files were loaded. */
  readonly atLoad: Hits;
  /** Reached by hooks. */
  readonly byHooks: Hits;
  /** Reached by tests, by their full titles. */
  readonly byTest: Readonly<Record<string, Hits>>;
}
