import { Resumes } from '../../../lib/call/door/resumes.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L17',
    of: Resumes,
    in: 'begin',
    find: "judgeInVain('resume', proof);",
    replace: '',
    why: 'the time of an answer tells whether there is such a session',
  },
  {
    row: 'L17',
    of: Resumes,
    in: 'problemWith',
    find: 'peer.tls?.fingerprint256 !== session.peer.tls?.fingerprint256',
    replace: 'false',
    why: 'a stolen secret is enough to take a session over',
  },
  {
    row: 'L17',
    of: Resumes,
    in: 'problemWith',
    find: '!isSamePrincipal(principal, session.principal)',
    replace: 'false',
    why: 'a client goes on with the rights of another principal',
  },
  {
    row: 'L17',
    of: Resumes,
    in: 'problemWith',
    find: 'session.proofs?.acceptResume(proof) === true',
    replace: 'true',
    why: 'a late dial takes the session from a newer one',
  },
];
