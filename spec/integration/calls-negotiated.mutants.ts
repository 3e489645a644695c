import { Acceptor } from '../../lib/call/door/acceptor.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W7',
    of: Acceptor,
    in: '#acceptMain',
    find: "'utf8'",
    replace: "'hex'",
    why: 'the cookie that is resolved is not the one that was sent',
  },
];
