import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { TimeoutError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import { isCutOff } from '../../stream/value/cut-off.ts';

/** The delay before the third attempt. It doubles for each further one, up to a bound. */
const DELAY_MS = 100;
const MAX_DELAY_MS = 1_000;

/** By then a main connection that is lost has been noticed. A server that refuses the child says no more than FIN. */
const MAX_FAILURES = 40;

/**
 * Opens the first connection of a resumable stream. Nothing of the stream has begun, so one that is cut
 * off, or not made in time, is tried again, until one of the signals fires.
 */
export async function dialFirst<T>(
  dial: () => Promise<T>,
  clock: Pick<Clock, 'setTimeout'>,
  signals: readonly AbortSignal[],
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await dial();
    } catch (error) {
      const isPassing = isCutOff(error) || isInstance(error, TimeoutError);
      const isGivenUp = failures === MAX_FAILURES || signals.some(({ aborted }) => aborted);
      if (!isPassing || isGivenUp) throw error;
    }
    if (failures > 0) await pause(clock, delayAfter(failures), signals);
  }
}

function delayAfter(failures: number): number {
  return Math.min(MAX_DELAY_MS, DELAY_MS * 2 ** (failures - 1));
}

/** Resolves after so many milliseconds, or once one of the signals fires: another attempt says why. */
async function pause(
  clock: Pick<Clock, 'setTimeout'>,
  ms: number,
  signals: readonly AbortSignal[],
): Promise<void> {
  const over = new Deferred();
  const timer = clock.setTimeout(() => over.resolve(), ms);
  const onAbort = (): void => over.resolve();
  for (const signal of signals) signal.addEventListener('abort', onAbort);
  if (signals.some(({ aborted }) => aborted)) onAbort();
  try {
    await over.promise;
  } finally {
    timer.cancel();
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}
