import { queryObjects } from 'node:v8';

import { collectGarbage } from './collect-garbage.ts';

/** Rounds after which what is still there is held. */
const MAX_ROUNDS = 10;

/**
 * The number of objects that the process holds, garbage left out. Unlike the bytes of the heap it does
 * not change as the engine compiles code. It collects until another round frees none.
 */
export async function heldObjects(): Promise<number> {
  let held = Infinity;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    await collectGarbage(1);
    const found = queryObjects(Object, { format: 'count' });
    if (found >= held) break;
    held = found;
  }
  return held;
}
