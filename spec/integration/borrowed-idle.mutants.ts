import { Borrowing } from '../../lib/stream/half/borrowing.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-borrowed',
    of: Borrowing,
    in: 'constructor',
    find: 'this.#input?.trim()',
    replace: '{}',
    why: 'an idle stream holds the memory that it has used last',
  },
  {
    row: 'B1-borrowed',
    of: Borrowing,
    in: 'trimEnded',
    find: 'this.#idleAlarm.clear();',
    replace: '',
    why: 'the timer of a lost stream outlives its connection',
  },
];
