import { expect } from 'chai';

import { explore, type Exploration, type ExploredProgram } from '../../../lib/simulation.ts';

/** Set by `npm run sim:small`: orders to visit of the worlds that have too many. */
const { SLUICE_SMALL_RUNS: wanted } = process.env;

/** The orders to visit of a small world. */
export interface SmallBounds {
  /** So many of them in `npm test`. Default: all. `npm run sim:small` visits all. */
  readonly inTest?: number;
  /** There are too many to visit all of them. */
  readonly isEndless?: boolean;
}

/**
 * Explores all orders of a small world, or some of them, and says how many it has visited.
 *
 * @throws Error that tells the failure and its order, or that orders were left out.
 */
export async function exploreSmall(
  name: string,
  program: ExploredProgram,
  { inTest = Infinity, isEndless = false }: SmallBounds = {},
): Promise<Exploration> {
  const inScript = isEndless ? Number(wanted) : Infinity;
  const maxRuns = wanted === undefined ? inTest : inScript;
  const result = await explore(program, { maxRuns, areProcessesIsolated: true });
  const { visited, repeated, isComplete, deviations, failure, choices } = result;
  if (failure !== undefined) {
    throw new Error(`${failure.message}, in the order ${choices.join()}\n${String(failure.trace)}`);
  }
  const part = isComplete ? 'all of them' : `all with up to ${deviations} deviations, some more`;
  console.log(`      ${name}: ${visited} orders visited, ${part}; ${repeated} repeated`);
  expect(isComplete || maxRuns < Infinity, 'all orders are visited').to.equal(true);
  return result;
}
