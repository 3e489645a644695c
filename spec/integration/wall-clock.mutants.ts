import { systemClock } from '../../lib/base/clock.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F21',
    of: systemClock,
    find: 'performance.now()',
    replace: 'Date.now()',
    why: 'a wall clock that is set ends calls that have time left',
  },
];
