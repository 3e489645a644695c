import { setFairTimeout } from '../../lib/base/fair-timer.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F5',
    of: setFairTimeout,
    find: 'if (isCanceled) return;',
    replace: '',
    why: 'a handshake that came while it was about to be judged is dropped',
  },
];
