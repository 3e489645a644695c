import { judge } from '../../scripts/sim/model/judge.ts';
import {
  type DownOperation,
  type EchoOperation,
  type Flow,
  NEWEST_VERSION,
  type Operation,
  type Plan,
} from '../../scripts/sim/plan/plan.ts';
import type { History, SeenError, Sight } from '../../scripts/sim/run/history.ts';
import { BARE_PLAN } from './bare-plan.ts';

export const FLOW: Flow = { items: 1, itemBytes: 10, gapMs: 0, readGapMs: 0 };
export const ECHO: EchoOperation = { id: 1, atMs: 100, kind: 'echo', bytes: 1, workMs: 0 };
export const DOWN: DownOperation = { id: 1, atMs: 100, kind: 'down', flow: FLOW };

/** The plan of one client with one operation. */
export function planOf(operation: Operation, faults: Plan['faults'] = []): Plan {
  return {
    ...BARE_PLAN,
    clients: [
      {
        name: 'client1',
        version: NEWEST_VERSION,
        operations: [operation],
        lingerMs: 0,
        farewell: 'close',
        graceMs: 0,
      },
    ],
    faults,
  };
}

export type Told = Partial<Sight> & Pick<Sight, 'kind'>;

/** Something that the client has seen at a time. */
export function seen(atMs: number, told: Told): Sight {
  return { atMs, clockMs: atMs, process: 'client1/1', operation: 1, ...told };
}

/** Something that the server has seen at a time. */
export function atServer(atMs: number, told: Told): Sight {
  return seen(atMs, { process: 'server/1', ...told });
}

/** An error as it was seen. */
export function errorOf(code: string, more: Partial<SeenError> = {}): SeenError {
  const facts = { name: 'Error', message: 'it failed', retryable: undefined, scope: 'call' };
  return { ...facts, code, ...more };
}

/** The history of a world in which nothing else has happened. */
export function historyOf(sights: readonly Sight[], more: Partial<History> = {}): History {
  const servers = [{ process: 'server/1', startMs: 0, ends: [] }];
  const clients = [{ name: 'client1', leftMs: 500_000, farewellMs: 500_000, goneMs: 500_000 }];
  return {
    sights,
    crashes: [],
    clients,
    leaves: [],
    servers,
    struck: [],
    bursts: [],
    connections: [],
    losses: [],
    leftovers: [],
    endMs: 1e6,
    ...more,
  };
}

/** The accusations of the judge. */
export function textsOf(plan: Plan, history: History): string[] {
  return judge(plan, history).map(({ text }) => text);
}

export const LOSS: SeenError = errorOf('ERR_CLOSED', {
  message: 'the connection was lost',
  scope: 'connection',
  cause: errorOf('ECONNRESET'),
});

/** A call that fails with an error after some milliseconds. */
export function failing(error: SeenError, beganMs = 100, tookMs = 10): Sight[] {
  return [seen(beganMs, { kind: 'began' }), seen(beganMs + tookMs, { kind: 'failed', error })];
}
