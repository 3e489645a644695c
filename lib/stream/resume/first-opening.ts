import type { Clock } from '../../base/clock.ts';
import { Deferred } from '../../base/deferred.ts';
import { isPassing } from './cut-off.ts';
import { retryDelayMs } from './retry-delay.ts';

/** Somebody waits for the stream. */
const MAX_DELAY_MS = 1_000;

/** By then a main connection that is lost has been noticed. A server that refuses a child says no more than FIN. */
const MAX_FAILURES = 40;

/**
 * Opens a stream for the first time. Nothing of the stream has begun, so a connection that is cut off, or
 * not made in time, is tried again, until one of the signals fires.
 *
 * @param open - makes an attempt. Once a signal has fired, it says why by its error.
 */
export async function openFirst<T>(
  open: () => T | Promise<T>,
  clock: Pick<Clock, 'setTimeout'>,
  signals: readonly AbortSignal[],
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await open();
    } catch (error) {
      const isGivenUp = failures === MAX_FAILURES || signals.some(({ aborted }) => aborted);
      if (isGivenUp || !isPassing(error)) throw error;
    }
    if (failures > 0) await pause(clock, retryDelayMs(failures, MAX_DELAY_MS), signals);
  }
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
