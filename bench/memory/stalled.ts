import { STALLED_ITEM_BYTES } from '../sluice/stalled-streams.ts';
import { Pair, type WorkerOptions } from '../support/processes.ts';
import type { StalledWorkload } from './stalled-streams.ts';

const MIB = 1_048_576;

/** The default of a resumable stream. */
const WINDOW_BYTES = 16 * MIB;

/** What each process may take beside its window. */
const OTHER_BYTES = 32 * MIB;

/** Items beyond the window: one that was sent when it was nearly full, and one that was made for later. */
const MORE_ITEMS = 2;

/** Of a stream before, which stalls as well: code is loaded then. */
const FIRST_ITEMS = 16;

/** The sides of producer and consumer. */
const SIDES = { down: ['server', 'client'], up: ['client', 'server'] } as const;

/** What became of a stream whose reader has stalled. */
export interface StalledOutcome {
  readonly name: string;
  /** Items that were made, of those that were offered. */
  readonly madeItems: number;
  /** Bytes by which RSS grew at most, and in the end. */
  readonly producer: Growth;
  readonly consumer: Growth;
  readonly problems: readonly string[];
}

interface Growth {
  readonly peak: number;
  readonly settled: number;
}

/** Offers so many bytes to a reader that stalls, between new processes. */
export async function measureStalled(
  { workload, direction }: StalledWorkload,
  offeredBytes: number,
  options: WorkerOptions,
): Promise<StalledOutcome> {
  await using pair = await Pair.start(workload, 'sluice', options);
  await pair.run(FIRST_ITEMS);
  const idle = await pair.ask('rss');
  await pair.ask('watch');
  const { figures } = await pair.run(Math.ceil(offeredBytes / STALLED_ITEM_BYTES));
  const peak = await pair.ask('peak');
  const settled = await pair.ask('rss');
  const growthOf = (side: 'server' | 'client'): Growth => ({
    peak: peak[side] - idle[side],
    settled: settled[side] - idle[side],
  });
  const [producer, consumer] = SIDES[direction];
  const seen = {
    name: workload.name,
    madeItems: figures[''] ?? Number.NaN,
    producer: growthOf(producer),
    consumer: growthOf(consumer),
  };
  return { ...seen, problems: judgeStalled(seen) };
}

/** What is wrong with it. What is no number is wrong as well. */
export function judgeStalled(seen: Omit<StalledOutcome, 'problems' | 'name'>): string[] {
  const problems: string[] = [];
  const most = Math.ceil(WINDOW_BYTES / STALLED_ITEM_BYTES) + MORE_ITEMS;
  if (!(seen.madeItems <= most)) problems.push(`${seen.madeItems} items were made, of ${most}`);
  for (const side of ['producer', 'consumer'] as const) {
    const { peak, settled } = seen[side];
    const grown = Math.max(peak, settled);
    // What is no number is not within it.
    if (grown <= WINDOW_BYTES + OTHER_BYTES) continue;
    problems.push(`the ${side} has grown by ${(grown / MIB).toFixed(1)} MiB`);
  }
  return problems;
}
