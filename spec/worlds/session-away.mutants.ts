import { ServerSession } from '../../lib/call/server/server-session.ts';
import { isWindowFull } from '../../lib/stream/resume/send-window.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L13',
    of: isWindowFull,
    find: 'windowItems > 0 && items >= windowItems',
    replace: 'false',
    why: 'a source is asked for ever more items while nobody is there to take them',
  },
  {
    row: 'L17',
    of: ServerSession,
    in: 'fence',
    find: "connection?.fence(new ClosedError('the client has gone on with another connection', 'remote'));",
    replace: '',
    why: 'an old connection of a client goes on beside the new one',
  },
];
