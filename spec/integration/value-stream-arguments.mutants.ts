import { ReplyReader } from '../../lib/call/client/reply-reader.ts';
import { CallRunner } from '../../lib/call/server/call-runner.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K9',
    of: ReplyReader,
    in: '#onUnexpected',
    find: 'if (header.messageId > 0) calls.onLateResult(header.messageId);',
    replace: '',
    why: 'the streams of a result that came too late stay with the server until their leases end',
  },
  {
    row: 'K9',
    of: CallRunner,
    in: '#succeed',
    find: 'if (!call.isReplyWanted) { releaseStreams(serializer, result);',
    replace: 'if (!call.isReplyWanted) {',
    why: 'the streams of a result that nobody waits for are never let go of',
  },
];
