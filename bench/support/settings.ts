import { fitStreams } from './open-files.ts';

/** How long and how often everything is measured. */
export interface Settings {
  /** All of it together; what follows is made shorter where it would take longer. */
  readonly totalSeconds: number;
  readonly rounds: number;
  /** What a round of a `rate` workload is sized to take. */
  readonly roundSeconds: number;
  /** Rounds of the workloads that start new processes each time. */
  readonly memoryRounds: number;
  /** Calls of a round that are made at fixed times, one a millisecond. */
  readonly pacedCalls: number;
  /** Streams that are opened to be idle; fewer where a process may not have so many descriptors. */
  readonly heldStreams: number;
  /** Messages that a slow reader reads. */
  readonly slowMessages: number;
  /** The size of the file that is copied, in MiB. */
  readonly fileBlocks: number;
  /** Time that a micro benchmark's task gets in a round. */
  readonly microMs: number;
}

/** For figures to be quoted: some ten minutes. */
export const FULL: Settings = {
  totalSeconds: Infinity,
  rounds: 5,
  roundSeconds: 0.7,
  memoryRounds: 3,
  pacedCalls: 1_200,
  heldStreams: fitStreams(10_000),
  slowMessages: 3_000,
  fileBlocks: 1_024,
  microMs: 300,
};

/** For a look: two to three minutes, starting included. */
export const QUICK: Settings = {
  totalSeconds: 44,
  rounds: 3,
  roundSeconds: 0.2,
  memoryRounds: 1,
  pacedCalls: 150,
  heldStreams: fitStreams(500),
  slowMessages: 500,
  fileBlocks: 64,
  microMs: 30,
};

/** The same beside other libraries, which all take turns: some fifty minutes. */
export const PEERS: Settings = { ...FULL, totalSeconds: 3_000, roundSeconds: 0.5 };

/** A look at all that is compared: two to three minutes, building excluded. */
export const PEERS_QUICK: Settings = { ...QUICK, totalSeconds: 44 };

/** What a reader has to know of how much was done. */
export function describeSettings(settings: Settings): string {
  const { rounds, pacedCalls, heldStreams, memoryRounds } = settings;
  return [
    `${rounds} rounds, ${memoryRounds} of memory;`,
    `${heldStreams.toLocaleString('en')} idle streams;`,
    `${(rounds * pacedCalls).toLocaleString('en')} calls beside bulk.`,
  ].join(' ');
}
