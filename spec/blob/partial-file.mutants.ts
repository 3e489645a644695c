import { openPartial } from '../../lib/blob/partial-file.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'E1-files',
    of: openPartial,
    find: '|| !isOurs(stats)',
    replace: '',
    why: 'another user chooses where the bytes of a file go, and reads them',
  },
];
