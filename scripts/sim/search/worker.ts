/** A process that runs seeds one after the other, as the pool asks. */

import { runSeed, type SeedOutcome } from './run-seed.ts';

/** Seeds to run. */
export interface Batch {
  readonly from: number;
  readonly count: number;
  /** Each seed that can be divided by it runs twice; 0 for none. */
  readonly twiceEvery: number;
}

// Without a pool there is nobody to tell.
process.on('disconnect', () => process.exit());
process.on('message', (batch: Batch) => {
  void runBatch(batch).then((outcomes) => process.send?.(outcomes));
});

async function runBatch({ from, count, twiceEvery }: Batch): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = [];
  for (let seed = from; seed < from + count; seed++) {
    outcomes.push(await runSeed(seed, twiceEvery > 0 && seed % twiceEvery === 0));
  }
  return outcomes;
}
