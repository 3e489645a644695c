import { tlsIdentity } from '../../lib/transport/network/tls-identity.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F32',
    of: tlsIdentity,
    find: 'socket.authorized',
    replace: 'true',
    why: 'a certificate that nobody vouches for counts like any other',
  },
];
