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
  {
    row: 'F32',
    of: tlsIdentity,
    find: ' && certificate.fingerprint256 !== undefined',
    replace: '',
    why: 'a client without a certificate is let in when it resumes its session',
  },
];
