import { SIGNAL, TIMEOUT, numberWithin } from '../../base/option-kinds.ts';
import { optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import type { BatchOptions, WaitOptions } from '../../types/sink-source.ts';

/** How much one read of several messages takes, and how long it waits for the first. */
export interface BatchBounds {
  readonly max: number;
  readonly wait: WaitOptions | undefined;
}

const UNBOUNDED: BatchBounds = Object.freeze({ max: Infinity, wait: undefined });

const BATCH_OPTIONS: OptionTable<BatchOptions> = Object.freeze({
  signal: SIGNAL,
  timeoutMs: TIMEOUT,
  max: numberWithin({ min: 1, isInfinityAllowed: true }),
});

/**
 * Reads the options of `readBatch`.
 *
 * @throws OptionError that names the one that is wrong.
 */
export function batchBounds(options: BatchOptions | undefined): BatchBounds {
  if (options === undefined) return UNBOUNDED;
  const { max = Infinity, ...wait } = optionsOf('the read', options, BATCH_OPTIONS);
  return { max, wait };
}
