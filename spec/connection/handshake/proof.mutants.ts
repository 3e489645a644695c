import { judgeInVain } from '../../../lib/connection/handshake/proof.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'E1-ids',
    of: judgeInVain,
    find: 'if (proof !== undefined) timingSafeEqual(macOf(NO_SESSION, purpose, 0n, proof), proof.mac);',
    replace: '',
    why: 'the time of a refusal tells whether there is such a connection',
  },
];
