import { Leaks } from '../../../lib/stream/half/leaks.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S11',
    of: Leaks,
    in: 'constructor',
    find: 'if (!half.release())',
    replace: 'if (half.release())',
    why: 'a stream that was dropped is not counted',
  },
];
