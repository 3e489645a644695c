/** How long and how often everything is measured. */
export interface Settings {
  /** All of it together; what follows is made shorter where it would take longer. */
  readonly totalSeconds: number;
  readonly rounds: number;
  /** What a round of a `rate` workload is sized to take. */
  readonly roundSeconds: number;
  /** Rounds of the workloads that start new processes each time. */
  readonly memoryRounds: number;
  /** Streams that are opened to be idle. */
  readonly heldStreams: number;
  /** Messages that a slow reader reads. */
  readonly slowMessages: number;
  /** Time that a micro benchmark's task gets in a round. */
  readonly microMs: number;
}

/** For figures to be quoted: some five minutes. */
export const FULL: Settings = {
  totalSeconds: Infinity,
  rounds: 5,
  roundSeconds: 0.7,
  memoryRounds: 3,
  heldStreams: 2_000,
  slowMessages: 3_000,
  microMs: 300,
};

/** For a look: below 50 seconds, starting included. */
export const QUICK: Settings = {
  totalSeconds: 38,
  rounds: 3,
  roundSeconds: 0.2,
  memoryRounds: 1,
  heldStreams: 500,
  slowMessages: 500,
  microMs: 30,
};
