import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { turns } from './turns.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Rounds after which what is still there will stay. */
const MAX_ROUNDS = 50;

/** Collects garbage a few times and lets finalizers run, which have turns of their own. */
export async function collectGarbage(rounds = 5): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    collect();
    await turns(2);
  }
}

/**
 * Collects garbage until the condition holds.
 *
 * @throws if it does not after many rounds.
 */
export async function collectUntil(condition: () => boolean): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (condition()) return;
    // A weak reference that was looked at is held until the turn is over.
    await turns(1);
    await collectGarbage(1);
  }
  throw new Error('it is still held');
}
