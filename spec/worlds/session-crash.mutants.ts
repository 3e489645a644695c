import { ClientSession } from '../../lib/session/client-session.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F20',
    of: ClientSession,
    in: 'end',
    find: 'pending.mayHaveRun = true;',
    replace: '',
    why: 'a caller repeats a call that has run, as its error does not say that it may have',
  },
];
