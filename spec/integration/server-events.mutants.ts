import { Server } from '../../lib/api/server.ts';
import { HandlerContext } from '../../lib/call/server/handler-context.ts';
import { OngoingCalls } from '../../lib/call/server/ongoing-calls.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B2-5',
    of: OngoingCalls,
    in: 'drain',
    find: 'context.drain(cause)',
    replace: 'void context',
    why: 'a stream that never ends does not learn of a drain',
  },
  {
    row: 'B2-5',
    of: HandlerContext,
    in: 'draining',
    find: 'drainCause !== undefined',
    replace: 'drainCause === null',
    why: 'code that asks during a drain waits for ever',
  },
  {
    row: 'B2-5',
    of: Server,
    in: '#close',
    find: 'if (this.#cause === undefined) this.#events',
    replace: 'this.#events',
    why: 'a server that was aborted announces a drain',
  },
];
