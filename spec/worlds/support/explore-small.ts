import { expect } from 'chai';

import { explore, type Exploration, type ExploredProgram } from '../../../lib/simulation.ts';

/** Set by `npm run sim:small`: orders to visit of the worlds that have too many. */
const { SLUICE_SMALL_RUNS: wanted } = process.env;

/** Whether `npm run sim:small` visits as many orders as it can. */
export const isThorough: boolean = wanted !== undefined;

/** The orders to visit of a small world. */
export interface SmallBounds {
  /** So many of them in `npm test`. Default: all. `npm run sim:small` visits all. */
  readonly inTest?: number;
  /** There are too many to visit all of them. */
  readonly isEndless?: boolean;
  /**
   * `npm run sim:small` visits those that differ from the first order in up to so many choices. One choice
   * puts one event anywhere among the steps of the library; the others change the order of these steps.
   */
  readonly deviations?: number;
}

/**
 * Explores all orders of a small world, or some of them, and says how many it has visited.
 *
 * @throws Error that tells the failure and its order, or that orders were left out.
 */
export async function exploreSmall(
  name: string,
  program: ExploredProgram,
  { inTest = Infinity, isEndless = false, deviations: maxDeviations = Infinity }: SmallBounds = {},
): Promise<Exploration> {
  const inScript = isEndless ? Number(wanted) : Infinity;
  const maxRuns = isThorough ? inScript : inTest;
  const bounds = { maxRuns, maxDeviations };
  const result = await explore(program, { ...bounds, areProcessesIsolated: true });
  const { visited, repeated, isComplete, stoppedBy, deviations, failure, choices } = result;
  if (failure !== undefined) {
    throw new Error(`${failure.message}, in the order ${choices.join()}\n${String(failure.trace)}`);
  }
  const more = stoppedBy === 'maxRuns' ? ', some more' : '';
  const part = isComplete ? 'all of them' : `all with up to ${deviations} deviations${more}`;
  console.log(`      ${name}: ${visited} orders visited, ${part}; ${repeated} repeated`);
  const isBounded = maxRuns < Infinity || deviations === maxDeviations;
  expect(isComplete || isBounded, 'all orders are visited').to.equal(true);
  return result;
}
