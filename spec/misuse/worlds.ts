import { explore, searchSeeds, simulate } from '../../lib/simulation.ts';
import { type Misuse, type MisusedFunction, noFunctions, noOptions, wrongOption } from './rows.ts';

const FROM_ONE = 'a whole number from 1 on';

/** The wrong limits of a world, in addition to those of any function. */
function wrongLimits(caller: string): Misuse[] {
  const limits = ['maxSteps', 'maxMs'].flatMap((name) =>
    wrongOption(caller, name, FROM_ONE, [
      [0, '0'],
      [1.5, '1.5'],
      ['5', '"5"'],
    ]),
  );
  return [...noOptions(caller), ...limits];
}

function wrongChoosers(caller: string): Misuse[] {
  return wrongOption(caller, 'chooser', 'a Chooser', [
    [5, '5'],
    [{}, 'an object'],
    [() => 0, 'a function'],
  ]);
}

export const WORLDS: MisusedFunction[] = [
  {
    of: 'simulate',
    misuses: [...wrongLimits('simulate'), ...wrongChoosers('simulate')],
    attempt: (given: object) => simulate(1, () => {}, given),
  },
  {
    of: 'simulate: program',
    misuses: noFunctions((shown) => `simulate: program must be a function, not ${shown}`),
    attempt: (given: () => void) => simulate(1, given),
  },
  {
    of: 'searchSeeds',
    misuses: [
      ...wrongLimits('searchSeeds'),
      ...wrongChoosers('searchSeeds'),
      ...wrongOption('searchSeeds', 'from', 'a whole number from 0 on', [[-1, '-1']]),
      ...wrongOption('searchSeeds', 'count', FROM_ONE, [[0, '0']]),
    ],
    attempt: (given: object) => searchSeeds(() => {}, given),
  },
  {
    of: 'searchSeeds: program',
    misuses: noFunctions((shown) => `searchSeeds: program must be a function, not ${shown}`),
    attempt: (given: () => void) => searchSeeds(given),
  },
  {
    of: 'explore',
    misuses: [
      ...wrongLimits('explore'),
      ...wrongOption('explore', 'seed', 'a whole number from 0 on', [[0.5, '0.5']]),
      ...wrongOption('explore', 'maxRuns', FROM_ONE, [[0, '0']]),
      ...wrongOption('explore', 'maxDeviations', 'a whole number from 0 on', [[-1, '-1']]),
    ],
    attempt: (given: object) => explore(() => {}, given),
  },
  {
    of: 'explore: program',
    misuses: noFunctions((shown) => `explore: program must be a function, not ${shown}`),
    attempt: (given: () => void) => explore(given),
  },
];
