import { ReplyReader } from '../../lib/call/client/reply-reader.ts';
import { Dispatcher } from '../../lib/call/server/dispatcher.ts';
import { RequestReader } from '../../lib/call/server/request-reader.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F26',
    of: Dispatcher,
    in: '#decode',
    find: 'if (!isSilent)',
    replace: 'if (isSilent)',
    why: 'arguments that do not decode get no reply',
  },
  {
    row: 'F27',
    of: ReplyReader,
    in: '#onUnexpected',
    find: 'stats.unknownReplies',
    replace: 'stats.timeout',
    why: 'a reply to no call is not counted as one',
  },
  {
    row: 'F28',
    of: RequestReader,
    in: '#checkMessageId',
    find: 'messageId <= this.#lastMessageId',
    replace: 'messageId < this.#lastMessageId',
    why: 'an id may be used twice in a row',
  },
];
