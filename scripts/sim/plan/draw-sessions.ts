import type { Dice } from '../../../lib/simulation/world/dice.ts';
import { drawResumable } from './draw-resumable.ts';
import {
  type ClientPlan,
  type Fault,
  NEWEST_VERSION,
  type Operation,
  type Plan,
  type ReconnectPlan,
} from './plan.ts';

/** The part of all clients that outlive their connections. */
const RECONNECTING_PART = 0.4;

/** A drain with more than this takes most of the time of a world. */
const LONG_GRACE_MS = 60_000;

/** Milliseconds between the faults of one burst. */
const BURST_GAP_MS = 30;

/**
 * A connection that is silent for so long is given up by one end or by both. After a short silence the
 * end that has not given it up yet gets old bytes, while the other one has gone on elsewhere.
 */
const SILENCES_MS = [12_000, 16_000, 20_000, 60_000];

/**
 * Lets some clients of a program outlive their connections, with operations and faults to match. It has
 * dice of its own: other draws don't depend on it.
 */
export function drawSessions(dice: Dice, plan: Plan): Plan {
  // Without faults nothing tells such clients from others.
  if (plan.server.leaseMs !== undefined) return plan;
  const clients = plan.clients.map((client) =>
    client.version === NEWEST_VERSION ? drawClient(dice, plan, client) : client,
  );
  const reconnecting = clients.filter(({ reconnect }) => reconnect !== undefined);
  if (reconnecting.length === 0) return { ...plan, clients };
  return {
    ...plan,
    server: { ...plan.server, ...drawRules(dice) },
    clients,
    faults: drawFaults(dice, plan, reconnecting),
  };
}

function drawClient(dice: Dice, { faults }: Plan, client: ClientPlan): ClientPlan {
  // Its calls would wait for the next server, while this one drains for hours.
  const isLong = faults.some((fault) => fault.kind === 'drain' && fault.graceMs > LONG_GRACE_MS);
  const isReconnecting = dice.chance(RECONNECTING_PART) && !isLong;
  const part = isReconnecting ? 0.6 : 0.1;
  const operations = client.operations.map((operation) =>
    drawResumable(dice, part, drawPromise(dice, operation)),
  );
  if (!isReconnecting) return { ...client, operations };
  return { ...client, operations, reconnect: drawReconnect(dice) };
}

function drawReconnect(dice: Dice): ReconnectPlan {
  const [minDelayMs, maxDelayMs] = dice.pick([
    [1, 50],
    [1, 200],
    [5, 5_000],
    [20, 500],
    [100, 10_000],
  ] as const);
  return { minDelayMs, maxDelayMs, ...(dice.chance(0.1) && { giveUpAfterMs: 20_000 }) };
}

function drawRules(dice: Dice): Pick<Plan['server'], 'sessionKeepMs' | 'sessionReplyBytes'> {
  return {
    ...(dice.chance(0.4) && { sessionKeepMs: dice.pick([0, 100, 5_000, 60_000]) }),
    ...(dice.chance(0.1) && { sessionReplyBytes: dice.pick([0, 100, 3_000]) }),
  };
}

/** Some methods may run again, the replies of some are kept, and some have none. */
function drawPromise(dice: Dice, operation: Operation): Operation {
  if (operation.kind !== 'echo' || operation.isListening === true) return operation;
  const { id, atMs } = operation;
  switch (dice.pick(['none', 'none', 'idempotent', 'once', 'post'] as const)) {
    case 'idempotent':
      return { ...operation, promise: 'idempotent' };
    case 'once':
      return { ...operation, promise: 'once' };
    case 'post':
      return { id, atMs, kind: 'post' };
    default:
      return operation;
  }
}

/** Connections are lost while operations go on, often several times in a row. */
function drawFaults(dice: Dice, plan: Plan, clients: readonly ClientPlan[]): readonly Fault[] {
  const { faults, network } = plan;
  const more: Fault[] = [];
  for (const client of clients) {
    if (!dice.chance(0.6) || client.operations.length === 0) continue;
    const tripMs = network.latencyMs + network.jitterMs;
    let { atMs } = drawVictim(dice, client);
    for (let count = dice.pick([1, 1, 2, 3, 6]); count > 0; count--) {
      atMs += dice.between(0, 8 * tripMs + BURST_GAP_MS);
      more.push(drawLoss(dice, client.name, atMs));
    }
  }
  return [...faults, ...more].toSorted((one, other) => one.atMs - other.atMs);
}

/** Calls with a promise of their own are hit most often. */
function drawVictim(dice: Dice, { operations }: ClientPlan): Operation {
  const promised = operations.filter((each) => each.kind === 'echo' && each.promise !== undefined);
  return dice.pick(promised.length > 0 && dice.chance(0.7) ? promised : operations);
}

function drawLoss(dice: Dice, client: string, atMs: number): Fault {
  switch (dice.pick(['cut', 'cut', 'cutOne', 'cutOne', 'partition', 'silence'] as const)) {
    case 'cut':
      return { kind: 'cut', atMs, client };
    case 'partition':
      return { kind: 'partition', atMs, client, forMs: dice.pick([50, 3_000, 70_000, 250_000]) };
    case 'silence': {
      const direction = dice.pick(['toDialer', 'toListener', 'both'] as const);
      const forMs = dice.pick(SILENCES_MS);
      return { kind: 'silence', atMs, index: dice.below(4), direction, forMs };
    }
    default:
      return { kind: 'cutOne', atMs, index: dice.below(6) };
  }
}
