import type { ManualClock } from '../../lib/simulation/manual-clock.ts';
import { turns } from './turns.ts';

/** Turns of the loop in which everything happens that needs no time. */
const TURNS = 60;
const STEP_MS = 1_000;

/**
 * What the promise gives, with time passing as far as it must. Fails when it needs more than `limitMs`
 * of the clock, so that a hang has a name.
 */
export async function settleWithin<T>(
  promise: Promise<T>,
  clock: ManualClock,
  limitMs: number,
): Promise<T> {
  let isSettled = false;
  const settled = (): void => void (isSettled = true);
  promise.then(settled, settled);
  const endMs = clock.now() + limitMs;
  for (;;) {
    for (let count = 0; count < TURNS && !isSettled; count++) await turns(1);
    if (isSettled) return promise;
    if (clock.now() >= endMs) throw new Error(`nothing came within ${limitMs} ms of the clock`);
    clock.advance(STEP_MS);
  }
}
