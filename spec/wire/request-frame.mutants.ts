import { takeRequestHeader } from '../../lib/wire/request-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W9',
    of: takeRequestHeader,
    find: 'hasTimeout ? TIMEOUT_BYTES : 0',
    replace: '0',
    why: 'the timeout is read as the verb',
  },
];
