import { ParentSearch } from '../../../lib/call/door/parent-search.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F17',
    of: ParentSearch,
    in: '#find',
    find: "judgeInVain('child', extension?.proof);",
    replace: '',
    why: 'the time of a refusal tells whether there is such a parent',
  },
];
