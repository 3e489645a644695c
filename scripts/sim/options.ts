import { parseArgs } from 'node:util';

/** What a user of `npm run sim` asks for. */
export interface SimOptions {
  /** The first seed, or the only one. */
  readonly seed: number;
  /** Number of seeds; undefined to run one and tell all of it. */
  readonly seeds: number | undefined;
  readonly workers: number;
  /** Each seed that can be divided by it runs twice. */
  readonly twiceEvery: number;
  readonly isTraceWanted: boolean;
  /** A file for the diagram of the seed. */
  readonly html: string | undefined;
  /** Whether the run is added to the ledger. */
  readonly isForLedger: boolean;
  /** Whether to stop at the first world that fails. */
  readonly isFirstEnough: boolean;
  /** Whether the program of the seed is to be made short. */
  readonly isShrinkWanted: boolean;
}

/** @throws Error that tells what is wrong with the arguments. */
export function readSimOptions(args: string[]): SimOptions {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '0' },
      seeds: { type: 'string' },
      workers: { type: 'string', default: '2' },
      twice: { type: 'string', default: '100' },
      trace: { type: 'boolean', default: false },
      html: { type: 'string' },
      ledger: { type: 'boolean', default: false },
      first: { type: 'boolean', default: false },
      shrink: { type: 'boolean', default: false },
    },
  });
  return {
    seed: readCount('seed', values.seed, 0),
    seeds: values.seeds === undefined ? undefined : readCount('seeds', values.seeds, 1),
    workers: readCount('workers', values.workers, 1),
    twiceEvery: readCount('twice', values.twice, 0),
    isTraceWanted: values.trace,
    html: values.html,
    isForLedger: values.ledger,
    isFirstEnough: values.first,
    isShrinkWanted: values.shrink,
  };
}

function readCount(name: string, text: string, least: number): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new Error(`--${name} is a whole number from ${least} on, not ${text}`);
}
