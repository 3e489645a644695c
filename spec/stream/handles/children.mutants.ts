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
  {
    row: 'F16',
    of: Children,
    in: 'describe',
    find: 'throw strayError(half)',
    replace: "throw new MisuseError('the sink belongs to another connection')",
    why: 'a caller is blamed for a lost connection',
  },
];
