import { FLAG, SIGNAL, TIMEOUT, numberWithin } from '../../base/option-kinds.ts';
import { optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import type { BatchOptions, WaitOptions } from '../../types/sink-source.ts';
import type { Memory } from './message-memory.ts';

/** How much one read of several messages takes, in which memory, and how long it waits for the first. */
export interface BatchBounds {
  readonly max: number;
  readonly memory: Memory;
  readonly wait: WaitOptions | undefined;
}

const UNBOUNDED: BatchBounds = Object.freeze({
  max: Infinity,
  memory: 'own',
  wait: undefined,
});

const BATCH_OPTIONS: OptionTable<BatchOptions> = Object.freeze({
  signal: SIGNAL,
  timeoutMs: TIMEOUT,
  max: numberWithin({ min: 1, isInfinityAllowed: true }),
  borrowed: FLAG,
});

/**
 * Reads the options of `readBatch`.
 *
 * @throws OptionError that names the one that is wrong.
 */
export function batchBounds(options: BatchOptions | undefined): BatchBounds {
  if (options === undefined) return UNBOUNDED;
  const read = optionsOf('the read', options, BATCH_OPTIONS);
  const { max = Infinity, borrowed = false, ...wait } = read;
  return { max, memory: borrowed ? 'borrowed' : 'own', wait };
}
