import { FUNCTION, numberWithin } from '../../base/option-kinds.ts';
import { checkArgument, optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { takeOver } from '../machine/take-over.ts';
import { simulate, SIMULATE_OPTIONS, type SimulateOptions, type WorldProgram } from './simulate.ts';
import { WorldError } from './world-error.ts';

/** The seeds to try, and limits of each world. */
export interface SearchOptions extends SimulateOptions {
  /** The number of the first seed; a whole number from 0. @default 0 */
  readonly from?: number | undefined;
  /** How many seeds to try; a whole number from 1. @default 1_000 */
  readonly count?: number | undefined;
}

const SEARCH_OPTIONS: OptionTable<SearchOptions> = Object.freeze({
  ...SIMULATE_OPTIONS,
  from: numberWithin({ min: 0 }),
  count: numberWithin({ min: 1 }),
});

/**
 * Runs the program with one seed after the other. Resolves with the error of the first that fails, or
 * with undefined if none does.
 *
 * @throws MisuseError for a program that is no function, or while another world runs.
 * @throws OptionError for a wrong option.
 */
export async function searchSeeds(
  program: WorldProgram,
  options: SearchOptions = {},
): Promise<WorldError | undefined> {
  checkArgument('searchSeeds', 'program', program, FUNCTION);
  const { from = 0, count = 1_000, ...limits } = optionsOf('searchSeeds', options, SEARCH_OPTIONS);
  // Once for all worlds is cheaper than for each.
  const giveBack = takeOver();
  try {
    for (let seed = from; seed < from + count; seed++) await simulate(seed, program, limits);
    return undefined;
  } catch (error) {
    if (error instanceof WorldError) return error;
    throw error;
  } finally {
    giveBack();
  }
}
