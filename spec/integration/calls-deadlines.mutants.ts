import { Caller } from '../../lib/call/client/caller.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F29',
    of: Caller,
    in: '#giveUp',
    find: 'take(pending.messageId)',
    replace: 'take(0)',
    why: 'a call that was given up still waits for its reply',
  },
];
