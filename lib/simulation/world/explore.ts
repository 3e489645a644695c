import { FLAG, FUNCTION, numberWithin } from '../../base/option-kinds.ts';
import { checkArgument, optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import type { Chooser } from './dice.ts';
import { takeOver } from '../machine/take-over.ts';
import { Explorer, type ExploreStop, type Run } from './explorer.ts';
import { type Branch, OrderChooser } from './orders.ts';
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

/** The bounds of an exploration, those of each world, and the orders that may be left out. */
export interface ExploreOptions extends Omit<SimulateOptions, 'chooser'> {
  /** The seed of all worlds: the number of their history, a whole number from 0. @default 0 */
  readonly seed?: number | undefined;
  /** The number of worlds to run at most; at least 1. @default 10_000 */
  readonly maxRuns?: number | undefined;
  /** The number of choices of an order that may differ from the first order; at least 0. @default Infinity */
  readonly maxDeviations?: number | undefined;
  /**
   * Whether processes share nothing but the world: no process reads a variable that another one writes,
   * and the world's program reads what they write at its end, or after `exploring.fix()`. Then orders
   * are visited once that differ only in the order of things that have nothing to do with each other,
   * such as what two processes do by themselves. If it is not true, orders are left out. @default false
   */
  readonly areProcessesIsolated?: boolean | undefined;
}

const { chooser: _, ...LIMITS } = SIMULATE_OPTIONS;

const EXPLORE_OPTIONS: OptionTable<ExploreOptions> = Object.freeze({
  ...LIMITS,
  seed: numberWithin({ min: 0 }),
  maxRuns: numberWithin({ min: 1, isInfinityAllowed: true }),
  maxDeviations: numberWithin({ min: 0, isInfinityAllowed: true }),
  areProcessesIsolated: FLAG,
});

/** The outcome of {@link explore}. */
export interface Exploration {
  /** The number of orders that were run to their end, or to their failure. None was run twice. */
  readonly visited: number;
  /**
   * The number of further worlds, which were given up on their way as they had come to the same as
   * orders that are visited elsewhere. 0 unless processes are isolated.
   */
  readonly repeated: number;
  /** Whether these were all orders that there are. */
  readonly isComplete: boolean;
  /** The reason for which orders were left out; undefined if none were. */
  readonly stoppedBy: ExploreStop | undefined;
  /**
   * All orders that differ from the first in up to so many choices were run; -1 for none. Where
   * processes are isolated, choices count that were left.
   */
  readonly deviations: number;
  /** The first failure. No order that was visited before differs from the first in more choices. */
  readonly failure: WorldError | undefined;
  /** The choices of the order that has failed, for {@link inOrder}; empty if none has. */
  readonly choices: readonly number[];
}

/**
 * Runs a program in every order in which things that can happen at the same time may happen: first in
 * one order, then in all that differ from it in one choice, then in two, and so on. It ends with the
 * first failure, when there are no more orders, or at a bound. Each order is run once; of orders that
 * come to the same for isolated processes one is run.
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
  const bounds = { maxRuns, maxDeviations };
  const explorer = new Explorer((branch) => runOnce(program, branch, inWorld), bounds);
  await explorer.exploreAll();
  const { visited, repeated, stoppedBy, deviations, failed } = explorer;
  return {
    visited,
    repeated,
    isComplete: stoppedBy === undefined,
    stoppedBy,
    deviations,
    failure: failed?.failure,
    choices: failed?.choices.map(({ taken }) => taken) ?? [],
  };
}

/** Decides as in an order that {@link explore} has found, for the option `chooser` of `simulate`. */
export function inOrder(choices: readonly number[]): Chooser & Exploring {
  return new OrderChooser({ choices: choices.map((taken) => ({ taken })), asleep: new Map() });
}

type InWorld = Omit<ExploreOptions, 'maxRuns' | 'maxDeviations'>;

async function runOnce(
  program: ExploredProgram,
  branch: Branch,
  { seed = 0, areProcessesIsolated = false, ...limits }: InWorld,
): Promise<Run> {
  const chooser = new OrderChooser(branch, areProcessesIsolated);
  const inWorld = async (world: World): Promise<void> => {
    await program(world, chooser);
    chooser.end();
  };
  let failure: WorldError | undefined;
  try {
    await simulate(seed, inWorld, { ...limits, chooser });
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
    failure = error;
  }
  const { choices, isRepeated } = chooser;
  return { choices, isRepeated, failure: isRepeated ? undefined : failure };
}
