import { Acceptor } from '../../lib/call/door/acceptor.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F11',
    of: Acceptor,
    in: 'accept',
    find: 'this.#refuse(link, error)',
    replace: 'this.abort(error)',
    why: 'a damaged negotiation closes every connection of the server',
  },
];
