import { FrameInput } from '../../lib/connection/link/frame-input.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S5',
    of: FrameInput,
    in: '#shouldPause',
    find: '> sourceBudgetBytes',
    replace: '> 9 * sourceBudgetBytes',
    why: 'a reader that is behind holds far more than its budget',
  },
];
