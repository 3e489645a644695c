import { searchSeeds, simulate } from '../../lib/simulation.ts';
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
  const choosers = wrongOption(caller, 'chooser', 'a Chooser', [
    [5, '5'],
    [{}, 'an object'],
    [() => 0, 'a function'],
  ]);
  return [...noOptions(caller), ...limits, ...choosers];
}

export const WORLDS: MisusedFunction[] = [
  {
    of: 'simulate',
    misuses: wrongLimits('simulate'),
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
];
