import { messageOf } from '../../lib/errors/foreign.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F25',
    of: messageOf,
    find: 'return NO_TEXT',
    replace: 'throw new Error(NO_TEXT)',
    why: 'an error without a text is an error of its own',
  },
];
