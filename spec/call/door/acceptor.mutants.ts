import { NegotiatedLinks } from '../../../lib/call/door/negotiated-links.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-C9',
    of: NegotiatedLinks,
    in: '#acceptChild',
    find: "this.#assertOpen(link, this.#door.phase !== 'closed');",
    replace: '',
    why: 'a stream is let in by a server that was closed',
  },
];
