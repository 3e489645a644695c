import { ReplyReader } from '../../lib/call/client/reply-reader.ts';
import { Gate } from '../../lib/call/limits/gate.ts';
import { RequestReader } from '../../lib/call/server/request-reader.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F9',
    of: RequestReader,
    in: '#onHeader',
    find: 'payloadBytes >',
    replace: 'payloadBytes >=',
    why: 'a request of exactly the limit is refused',
  },
  {
    row: 'F9',
    of: ReplyReader,
    in: '#refuse',
    find: "if (scope === 'connection')",
    replace: '',
    why: 'a reply above the limit ends the connection',
  },
  {
    row: 'F24',
    of: Gate,
    in: '#giveBack',
    find: 'give(bytes,',
    replace: 'give(bytes / 2,',
    why: 'the memory of requests is not all given back',
  },
];
