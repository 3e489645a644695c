import { messageOf } from '../../errors/foreign.ts';
import type { Chooser } from './dice.ts';
import { settled } from './schedule.ts';
import type { Trace } from './trace.ts';
import { World } from './world.ts';

/** The program of a world: it makes nodes, breaks things, and judges. */
export type WorldProgram = (world: World) => void | Promise<void>;

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** Things that may happen before the world is given up. @default 1_000_000 */
  readonly maxSteps?: number;
  /** Milliseconds of the world after which it is given up. @default 86_400_000 */
  readonly maxMs?: number;
  /** Decides the order of things that can happen at the same time. @default chance, from the seed */
  readonly chooser?: Chooser;
}

/** The outcome of a world whose program has ended well. */
export interface Simulation {
  readonly seed: number;
  /** All that has happened, in order. */
  readonly trace: Trace;
  /** Milliseconds of the world. */
  readonly durationMs: number;
  /** The number of things that have happened. */
  readonly steps: number;
}

/** A world has failed. The same seed lets it fail again, in the same way. */
export class WorldError extends Error {
  override readonly name: string = 'WorldError';
  readonly seed: number;
  /** All that has happened up to the failure. */
  readonly trace: Trace;

  constructor(world: World, cause: unknown) {
    super(`seed ${world.seed}: ${messageOf(cause)}`, { cause });
    this.seed = world.seed;
    this.trace = world.trace;
  }
}

type Outcome = { readonly error?: unknown } | undefined;

/**
 * Runs a program in a world of its own. All that happens follows from the seed, so that a failure can be
 * repeated. While it runs, a rejection that nobody handles fails the world, as it would end a process;
 * so run one world of a process at a time.
 *
 * @param seed - a whole number from 0 to 2^53 - 1.
 * @throws WorldError if the program or that of a node fails, if nothing is left that could happen while
 *   the program waits, or if the world goes on beyond `maxSteps` or `maxMs`.
 */
export async function simulate(
  seed: number,
  program: WorldProgram,
  { maxSteps = 1_000_000, maxMs = 86_400_000, chooser }: SimulateOptions = {},
): Promise<Simulation> {
  let outcome = undefined as Outcome;
  const fail = (error: unknown): void => void (outcome ??= { error });
  const world = new World(seed, fail, chooser);
  const { schedule, trace } = world;
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
  try {
    Promise.resolve()
      .then(() => program(world))
      .then(() => (outcome ??= {}), fail);
    await settled();
    while (outcome === undefined) {
      if (schedule.steps >= maxSteps) fail(new Error(`the world goes on beyond ${maxSteps} steps`));
      else if (!(await schedule.step(maxMs))) fail(new Error(stallText(schedule.nowMs, maxMs)));
    }
    world.end();
    await settled();
  } finally {
    process.off('unhandledRejection', fail);
    process.off('uncaughtException', fail);
  }
  if ('error' in outcome) throw new WorldError(world, outcome.error);
  return { seed, trace, durationMs: schedule.nowMs, steps: schedule.steps };
}

function stallText(nowMs: number, maxMs: number): string {
  return `the program waits after ${nowMs} ms, and nothing is left that could happen before ${maxMs} ms`;
}

/** The seeds to try, and what to do with them. */
export interface SearchOptions extends SimulateOptions {
  /** The first seed. @default 0 */
  readonly from?: number;
  /** How many seeds to try. @default 1_000 */
  readonly count?: number;
}

/**
 * Runs the program with one seed after the other, and returns the error of the first that fails;
 * undefined if none does.
 */
export async function searchSeeds(
  program: WorldProgram,
  { from = 0, count = 1_000, ...options }: SearchOptions = {},
): Promise<WorldError | undefined> {
  for (let seed = from; seed < from + count; seed++) {
    try {
      await simulate(seed, program, options);
    } catch (error) {
      if (error instanceof WorldError) return error;
      throw error;
    }
  }
  return undefined;
}
