import { ReplyReader } from '../../lib/call/client/reply-reader.ts';
import { Gate } from '../../lib/call/limits/gate.ts';
import { Dispatcher } from '../../lib/call/server/dispatcher.ts';
import { RequestReader } from '../../lib/call/server/request-reader.ts';
import { RequestRouter } from '../../lib/call/server/request-router.ts';
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
  {
    row: 'F24',
    of: Dispatcher,
    in: 'dispatch',
    find: 'this.#parts.gate.release(request.cost);',
    replace: '',
    why: 'nothing more is served after some calls of an unknown verb',
  },
  {
    row: 'F24',
    of: Dispatcher,
    in: '#decode',
    find: 'gate.release(request.cost);',
    replace: '',
    why: 'nothing more is served after some calls whose arguments do not decode',
  },
  {
    row: 'F24',
    of: Dispatcher,
    in: '#refuse',
    find: 'gate.release(cost);',
    replace: '',
    why: 'nothing more is served after some calls that a limit turned away',
  },
  {
    row: 'F24',
    of: RequestRouter,
    in: '#refuse',
    find: 'gate.release(cost);',
    replace: '',
    why: 'calls that come while the server drains are no longer answered after some',
  },
  {
    row: 'F24',
    of: RequestRouter,
    in: '#onMainMessage',
    find: 'gate.release(request.cost);',
    replace: '',
    why: 'nothing more is served after some pings, or cancels of calls',
  },
];
