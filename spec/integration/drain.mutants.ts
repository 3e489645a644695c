import { Server } from '../../lib/api/server.ts';
import { Attachment } from '../../lib/call/client/attachment.ts';
import { ServerConnection } from '../../lib/call/server/server-connection.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B2-5',
    of: ServerConnection,
    in: 'onRequest',
    find: 'mainMessages)',
    replace: "this.#phase !== 'draining')",
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
