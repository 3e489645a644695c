import { Children } from '../../../lib/stream/handles/children.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F16',
    of: Children,
    in: 'describe',
    find: 'child.isSinkPassed ||',
    replace: '',
    why: 'a sink can be passed in a second call',
  },
];
