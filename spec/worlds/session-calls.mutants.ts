import { ReplyWriter } from '../../lib/call/server/reply-writer.ts';
import { SessionFrames } from '../../lib/call/server/session-frames.ts';
import { ClientSession } from '../../lib/session/client-session.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F20',
    of: SessionFrames,
    in: 'onFrame',
    find: 'Math.max(messageId, received.position)',
    replace: 'Math.max(messageId - 1, received.position)',
    why: 'the last call that a server has received runs again',
  },
  {
    row: 'F20',
    of: ReplyWriter,
    in: '#keep',
    find: 'log.putReply(reply)',
    replace: 'true',
    why: 'replies that are done while the client is away are dropped',
  },
  {
    row: 'F20',
    of: ClientSession,
    in: 'resume',
    find: 'pending.messageId > received',
    replace: 'pending.messageId >= received',
    why: 'the last call that the server has received is sent again',
  },
];
