import { ClientSession } from '../../lib/session/client-session.ts';
import { VerbStream } from '../../lib/stream/verb/verb-stream.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L10',
    of: VerbStream,
    in: 'setNaming',
    find: "naming === 'refused' && mayHaveRun",
    replace: 'false',
    why: 'a client forgets what it has sent to a handler whose reply is lost, and the handler waits',
  },
  {
    row: 'L10',
    of: ClientSession,
    in: 'cancel',
    find: 'pending.mayHaveRun = true;',
    replace: '',
    why: 'a client forgets what it has sent to a handler whose call is given up while it is away',
  },
];
