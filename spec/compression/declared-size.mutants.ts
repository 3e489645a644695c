import { checkExactSize } from '../../lib/compression/declared-size.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F12',
    of: checkExactSize,
    find: 'bytes.length === declaredBytes',
    replace: 'bytes.length <= declaredBytes',
    why: 'a frame that decodes short is handed on as if it were whole',
  },
];
