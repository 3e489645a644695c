import { AtomicFile } from '../../lib/blob/atomic-file.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F33',
    of: AtomicFile,
    in: 'begin',
    find: 'open(temporary,',
    replace: 'open(target,',
    why: 'a file is written where it is to stand, and half of it stays there',
  },
];
