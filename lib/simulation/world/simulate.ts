import { FUNCTION, having, numberWithin } from '../../base/option-kinds.ts';
import { checkArgument, optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Chooser } from './dice.ts';
import { takeOver } from '../machine/take-over.ts';
import { reportFailures } from './failures.ts';
import { settled } from './schedule.ts';
import type { Trace } from './trace.ts';
import { World } from './world.ts';
import { WorldError } from './world-error.ts';

/** The program of a world: it makes nodes, breaks things, and judges. */
export type WorldProgram = (world: World) => void | Promise<void>;

/** Options of {@link simulate}. */
export interface SimulateOptions {
  /** The number of things that may happen before the world is given up; at least 1. @default 1_000_000 */
  readonly maxSteps?: number | undefined;
  /** Milliseconds of the world after which it is given up; at least 1. @default 86_400_000 */
  readonly maxMs?: number | undefined;
  /** Decides the order of things that can happen at the same time. @default chance, from the seed */
  readonly chooser?: Chooser | undefined;
}

const LIMIT = numberWithin({ min: 1, isInfinityAllowed: true });

export const SIMULATE_OPTIONS: OptionTable<SimulateOptions> = Object.freeze({
  maxSteps: LIMIT,
  maxMs: LIMIT,
  chooser: having('a Chooser', ['below']),
});

/** The outcome of a world in which nothing has failed. */
export interface Simulation {
  /** The seed that it was run with. */
  readonly seed: number;
  /** All that has happened, in order. */
  readonly trace: Trace;
  /** Milliseconds of the world. */
  readonly durationMs: number;
  /** The number of things that have happened. */
  readonly steps: number;
}

/**
 * Runs a program in a world of its own. All that happens follows from the seed, so that a failure can be
 * repeated. The world ends with its program, and all its processes with it.
 *
 * Code of the world that asks Node for time or chance gets that of its process: `Date`, timers,
 * `Math.random`, `crypto`. What no seed can repeat, such as files, sockets and `fetch`, fails the world.
 *
 * While it runs, a rejection that nobody handles fails the world, as it would end a process. So one world
 * of a process runs at a time.
 *
 * @param seed - a whole number from 0 to 2^53 - 1.
 * @throws WorldError if the program or that of a node fails, if it returns before any node began, if nothing is left that could happen while
 *   the program waits, or if the world goes on beyond `maxSteps` or `maxMs`.
 * @throws MisuseError for another seed, for a program that is no function, or while another world runs.
 * @throws OptionError for a wrong option.
 */
export async function simulate(
  seed: number,
  program: WorldProgram,
  options: SimulateOptions = {},
): Promise<Simulation> {
  checkArgument('simulate', 'program', program, FUNCTION);
  const read = optionsOf('simulate', options, SIMULATE_OPTIONS);
  const { maxSteps = 1_000_000, maxMs = 86_400_000, chooser } = read;
  const run = new Run();
  const world = new World(seed, run.report, chooser);
  const { schedule, trace } = world;
  const stopReporting = reportFailures(run.report);
  const giveBack = takeOver();
  try {
    world.enter(() => void Promise.resolve(world).then(program).then(run.end, run.report));
    await settled();
    while (!run.isOver) {
      if (schedule.steps >= maxSteps) throw new Error(`the world goes on beyond ${maxSteps} steps`);
      if (!(await schedule.step(maxMs))) throw new Error(stallText(world, maxMs));
    }
    if (schedule.steps === 0 && world.unfinished.length > 0) throw new MisuseError(NOTHING_BEGAN);
  } catch (error) {
    run.report(error);
  } finally {
    world.end();
    await settled();
    giveBack();
    stopReporting();
  }
  if (run.failure !== undefined) throw new WorldError(seed, trace, run.failure.error);
  return { seed, trace, durationMs: schedule.nowMs, steps: schedule.steps };
}

/** The state of a world's program. */
class Run {
  #hasEnded = false;
  #failure: { readonly error: unknown } | undefined;

  get isOver(): boolean {
    return this.#hasEnded || this.#failure !== undefined;
  }

  /** The first failure. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  readonly end = (): void => void (this.#hasEnded = true);

  readonly report = (error: unknown): void => void (this.#failure ??= { error });
}

const NOTHING_BEGAN =
  'the program has returned before any node began; await their `finished`, or `world.sleep`';

function stallText({ schedule, unfinished }: World, maxMs: number): string {
  const text = `the program waits after ${schedule.nowMs} ms, and nothing is left that could happen before ${maxMs} ms`;
  return unfinished.length === 0 ? text : `${text}; nodes wait as well: ${unfinished.join(', ')}`;
}
