import { FUNCTION, numberWithin } from '../../base/option-kinds.ts';
import { checkArgument, optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import type { Chooser } from './dice.ts';
import { takeOver } from '../machine/take-over.ts';
import { type Order, OrderChooser, ordersAfter } from './orders.ts';
import { simulate, SIMULATE_OPTIONS, type SimulateOptions } from './simulate.ts';
import type { World } from './world.ts';
import { WorldError } from './world-error.ts';

/** Says which part of a program is explored: all of it, unless it says otherwise. */
export interface Exploring {
  /** From now on things happen in one order only. */
  fix(): void;
  /** From now on all orders are tried. */
  vary(): void;
}

/** The program of worlds that {@link explore} runs. Each run must be the same but for the order of things. */
export type ExploredProgram = (world: World, exploring: Exploring) => void | Promise<void>;

/** The bounds of an exploration, and those of each world. */
export interface ExploreOptions extends Omit<SimulateOptions, 'chooser'> {
  /** The seed of all worlds: the number of their history, a whole number from 0. @default 0 */
  readonly seed?: number | undefined;
  /** The number of orders to run at most; at least 1. @default 10_000 */
  readonly maxRuns?: number | undefined;
  /** The number of choices of an order that may differ from the first order; at least 0. @default Infinity */
  readonly maxDeviations?: number | undefined;
}

const { chooser: _, ...LIMITS } = SIMULATE_OPTIONS;

const EXPLORE_OPTIONS: OptionTable<ExploreOptions> = Object.freeze({
  ...LIMITS,
  seed: numberWithin({ min: 0 }),
  maxRuns: numberWithin({ min: 1, isInfinityAllowed: true }),
  maxDeviations: numberWithin({ min: 0, isInfinityAllowed: true }),
});

const NO_FAILURE = Object.freeze({ failure: undefined, choices: Object.freeze([]) });

/** The outcome of {@link explore}. */
export interface Exploration {
  /** The number of orders that were run. */
  readonly runs: number;
  /** Whether these were all that there are. */
  readonly isComplete: boolean;
  /** All orders that differ from the first in up to so many choices were run; -1 for none. */
  readonly deviations: number;
  /** The first failure, which differs from the first order in as few choices as any. */
  readonly failure: WorldError | undefined;
  /** The choices of the order that has failed, for {@link inOrder}; empty if none has. */
  readonly choices: readonly number[];
}

/** An order that has been run, and the place from which on it is to be varied. */
interface Visited extends Order {
  readonly from: number;
}

/**
 * Runs a program in every order in which things that can happen at the same time may happen: first in
 * one order, then in all that differ from it in one choice, then in two, and so on. It ends with the
 * first failure, when there are no more orders, or at a bound. Each order is run once.
 *
 * @throws MisuseError for a program that is no function, or while another world runs.
 * @throws OptionError for a wrong option.
 */
export async function explore(
  program: ExploredProgram,
  options: ExploreOptions = {},
): Promise<Exploration> {
  checkArgument('explore', 'program', program, FUNCTION);
  const read = optionsOf('explore', options, EXPLORE_OPTIONS);
  // Once for all worlds is cheaper than for each.
  const giveBack = takeOver();
  try {
    return await search(program, read);
  } finally {
    giveBack();
  }
}

async function search(
  program: ExploredProgram,
  { maxRuns = 10_000, maxDeviations = Infinity, ...inWorld }: ExploreOptions,
): Promise<Exploration> {
  let runs = 0;
  let deviations = -1;
  let wanted: Iterable<number[]> = [[]];
  while (deviations < maxDeviations) {
    const visited: Visited[] = [];
    for (const given of wanted) {
      if (runs === maxRuns) return { runs, isComplete: false, deviations, ...NO_FAILURE };
      runs++;
      const { order, failure } = await runOnce(program, given, inWorld);
      const { choices } = order;
      if (failure !== undefined) return { runs, isComplete: false, deviations, failure, choices };
      if (choices.length > given.length) visited.push({ ...order, from: given.length });
    }
    deviations++;
    if (visited.length === 0) return { runs, isComplete: true, deviations, ...NO_FAILURE };
    wanted = nextOf(visited);
  }
  return { runs, isComplete: false, deviations, ...NO_FAILURE };
}

/** Decides as in an order that {@link explore} has found, for the option `chooser` of `simulate`. */
export function inOrder(choices: readonly number[]): Chooser & Exploring {
  return new OrderChooser(choices);
}

async function runOnce(
  program: ExploredProgram,
  given: readonly number[],
  { seed = 0, ...limits }: Omit<ExploreOptions, 'maxRuns' | 'maxDeviations'>,
): Promise<{ readonly order: Order; readonly failure: WorldError | undefined }> {
  const chooser = new OrderChooser(given);
  const { order } = chooser;
  try {
    await simulate(seed, (world) => program(world, chooser), { ...limits, chooser });
    return { order, failure: undefined };
  } catch (error) {
    if (error instanceof WorldError) return { order, failure: error };
    throw error;
  }
}

function* nextOf(visited: readonly Visited[]): Generator<number[]> {
  for (const order of visited) yield* ordersAfter(order, order.from);
}
