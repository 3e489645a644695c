import { SentCalls } from '../../lib/call/client/sent-calls.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F29',
    of: SentCalls,
    in: 'cancel',
    find: 'this.#remove(pending.messageId)',
    replace: 'this.#remove(0)',
    why: 'a call that was given up still waits for its reply',
  },
];
