import { readNegotiation } from '../../../lib/connection/handshake/negotiation.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F5',
    of: readNegotiation,
    in: 'NegotiationReceiver.constructor',
    find: 'environment.limits.handshakeTimeoutMs',
    replace: '2 * environment.limits.handshakeTimeoutMs',
    why: 'a handshake has twice the time that it should',
  },
];
