import { NegotiatedLinks } from '../../lib/call/door/negotiated-links.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W7',
    of: NegotiatedLinks,
    in: '#acceptMain',
    find: "'utf8'",
    replace: "'hex'",
    why: 'the cookie that is resolved is not the one that was sent',
  },
];
