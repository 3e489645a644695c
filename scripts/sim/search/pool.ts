import { type ChildProcess, fork } from 'node:child_process';
import type { SeedOutcome } from './run-seed.ts';
import { SMALL_STACK } from './small-stack.ts';
import type { Batch } from './worker.ts';

const WORKER = new URL('worker.js', import.meta.url);
/** Seeds that a worker gets at a time. */
const BATCH_SEEDS = 25;

/** The seeds to run. */
export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** Each seed that can be divided by it runs twice; 0 for none. */
  readonly twiceEvery: number;
}

/**
 * Runs seeds in processes of their own: a world takes over the whole process while it runs.
 *
 * @param onOutcome - called for each seed, in any order. Returns whether to go on.
 * @throws Error if a worker ends by itself.
 */
export async function runSeeds(
  range: SeedRange,
  workers: number,
  onOutcome: (outcome: SeedOutcome) => boolean,
): Promise<void> {
  const batches = batchesOf(range);
  const runBatches = async (worker: ChildProcess): Promise<void> => {
    for (const batch of batches) {
      const outcomes = await ask(worker, batch);
      const answers = outcomes.map(onOutcome);
      if (answers.includes(false)) batches.return(undefined);
    }
  };
  await Promise.all(
    Array.from({ length: workers }, async () => {
      const worker = fork(WORKER, { execArgv: [...SMALL_STACK] });
      try {
        await runBatches(worker);
      } finally {
        worker.kill();
      }
    }),
  );
}

/** All workers take from it. */
function* batchesOf({ from, count, twiceEvery }: SeedRange): Generator<Batch, void, undefined> {
  const end = from + count;
  for (let seed = from; seed < end; seed += BATCH_SEEDS) {
    yield { from: seed, count: Math.min(BATCH_SEEDS, end - seed), twiceEvery };
  }
}

function ask(worker: ChildProcess, batch: Batch): Promise<readonly SeedOutcome[]> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => {
      const seeds = `${batch.from} to ${batch.from + batch.count - 1}`;
      reject(new Error(`a worker ended with ${String(code)} at seeds ${seeds}`));
    };
    worker.once('exit', onExit);
    worker.once('message', (outcomes) => {
      worker.off('exit', onExit);
      // Only this project's worker sends messages on this channel.
      resolve(outcomes as readonly SeedOutcome[]);
    });
    worker.send(batch);
  });
}
