import { Server } from '../../lib/api/server.ts';
import { Attachment } from '../../lib/call/client/attachment.ts';
import { RequestRouter } from '../../lib/call/server/request-router.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B2-5',
    of: RequestRouter,
    in: 'onRequest',
    find: 'mainMessages)',
    replace: '!isDraining)',
    why: 'a server that goes away answers no pings',
  },
  {
    row: 'B2-5',
    of: Attachment,
    in: '#leaveWhenIdle',
    find: 'count > 0',
    replace: 'count > 1',
    why: 'a client whose server goes away closes in the middle of a stream',
  },
  {
    row: 'B2-7',
    of: Server,
    in: '#close',
    find: 'connection.isIdle ? cause : outOfGrace(graceMs)',
    replace: 'cause',
    why: 'what a drain has ended does not say so',
  },
];
