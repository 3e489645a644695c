import { Acceptor } from '../../../lib/call/door/acceptor.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-C9',
    of: Acceptor,
    in: '#acceptChild',
    find: "this.#assertOpen(link, this.#phase !== 'closed');",
    replace: '',
    why: 'a stream is let in by a server that was closed',
  },
];
