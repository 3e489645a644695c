import { ManualClock } from '../../../lib/simulation/manual-clock.ts';
import { HandlerContext } from '../../../lib/call/server/handler-context.ts';

/** The context of a verb's handler that nobody called. */
export function handlerContext(): HandlerContext {
  return new HandlerContext({
    owner: {
      peer: { address: '127.0.0.1', port: 4711, family: 'IPv4' },
      connectionId: 5n,
      principal: 'somebody',
      isolation: undefined,
      auxiliary: new Map<string, unknown>(),
      abort: () => {},
    },
    group: undefined,
    timeoutMs: undefined,
    deadline: undefined,
    clock: new ManualClock(),
    drainCause: undefined,
    background: () => {},
  });
}
