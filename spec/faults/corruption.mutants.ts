import { ClientConnection } from '../../lib/call/client/client-connection.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F11',
    of: ClientConnection,
    in: '#connect',
    find: 'this.#links.destroyAll(error)',
    replace: 'void error',
    why: 'a client whose server answered nonsense never closes',
  },
];
