import type {
  ClientMove,
  GreetingLie,
  HostileClient,
  HostilePeer,
  HostileServer,
  ServerMove,
} from '../../../scripts/sim/plan/hostile.ts';
import {
  type ClientPlan,
  type Flow,
  NEWEST_VERSION,
  type Operation,
  type Plan,
} from '../../../scripts/sim/plan/plan.ts';
import { BARE_PLAN } from '../../support/bare-plan.ts';

const FLOW: Flow = { items: 3, itemBytes: 10, gapMs: 0, readGapMs: 0 };

/** One operation of each kind. Those of a hostile server have ids of their own. */
function operations(firstId: number, timeoutMs?: number): Operation[] {
  const common = (index: number) => ({ id: firstId + index, atMs: 2 * index, timeoutMs });
  return [
    { ...common(0), kind: 'echo', bytes: 10, workMs: 0 },
    { ...common(1), kind: 'down', flow: FLOW },
    { ...common(2), kind: 'up', flow: FLOW },
    { ...common(3), kind: 'both', flow: FLOW },
    { ...common(4), kind: 'nested', rows: 2, cells: FLOW },
    { ...common(5), kind: 'blob', bytes: 2_000, chunkBytes: 500 },
    { ...common(6), kind: 'verbUp', flow: FLOW },
    { ...common(7), kind: 'verbDown', flow: FLOW },
  ];
}

function caller(name: string, own: readonly Operation[]): ClientPlan {
  return {
    name,
    version: NEWEST_VERSION,
    operations: own,
    lingerMs: 0,
    farewell: 'close',
    graceMs: 1_000,
  };
}

/** A client and a server that are honest, on a good network, and peers that are not. */
export function planWith(...hostile: readonly HostilePeer[]): Plan {
  return {
    ...BARE_PLAN,
    clients: [caller('client1', operations(1))],
    hostile,
  };
}

/** A client that does these things. */
export function hostileClient(...moves: readonly ClientMove[]): HostileClient {
  const bufferBytes = 1_000_000;
  return { kind: 'client', atMs: 0, moves, gapMs: 5, isMute: true, bufferBytes, lingerMs: 60_000 };
}

/** A server that does this with each call of an honest client. */
export function hostileServer(
  move: Partial<ServerMove>,
  greeting: GreetingLie = 'right',
  childGreeting: GreetingLie = 'right',
): HostileServer {
  const right = { answer: 'right', stream: 'right', reader: 'right', messages: [] } as const;
  return {
    kind: 'server',
    atMs: 0,
    greeting,
    childGreeting,
    isMute: false,
    moves: [{ ...right, ...move }],
    caller: caller('honest1', operations(1_000, 5_000)),
  };
}
