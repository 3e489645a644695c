import { CallTable } from '../../../lib/call/common/call-table.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-C9',
    of: CallTable,
    in: '#put',
    find: 'this.#displaced.set(before.messageId, before)',
    replace: 'void before',
    why: 'a call is forgotten when a later one needs its place',
  },
];
