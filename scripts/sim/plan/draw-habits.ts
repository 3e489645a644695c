import type { Dice } from '../../../lib/simulation/world/dice.ts';
import type { ClientPlan, Fault, Flow, NetworkPlan, Operation, Plan, TightLimits } from './plan.ts';

/** Operations of its own time each: so much later than the one before. */
const ALONE_MS = 200_000;
/** A lease that is over before its first renewal. */
const SHORT_LEASE_MS = 3_000;
/** No drain takes so long unless it never ends. */
const LONG_GRACE_MS = 10_000_000;
/** Bytes of an item on a network that takes few bytes at a time. */
const FEW_BYTES = 100;

/**
 * Adds habits of users to a program: streams that are quiet or kept for long, methods that listen,
 * results that nobody reads, limits that are just enough, and faults at the time of the operations.
 */
export function drawHabits(dice: Dice, plan: Plan): Plan {
  let drawn: Plan = {
    ...plan,
    clients: plan.clients.map((client) => ({
      ...client,
      operations: client.operations.map((operation) => drawHabit(dice, operation)),
      lingerMs: dice.chance(0.15) ? 60_000 : client.lingerMs,
    })),
  };
  if (dice.chance(0.05)) drawn = atTimesOfTheirOwn(dice, drawn);
  if (dice.chance(0.05)) drawn = inSmallParts(drawn);
  if (dice.chance(0.12)) drawn = { ...drawn, limits: drawChildren(dice, drawn) };
  if (dice.chance(0.03)) return withShortLease(drawn);
  if (dice.chance(0.04)) return leftAtLast(drawn);
  return { ...drawn, faults: drawTimedFaults(dice, drawn) };
}

function drawHabit(dice: Dice, operation: Operation): Operation {
  if (operation.kind === 'verbUp' || operation.kind === 'verbDown') return operation;
  if (operation.kind === 'post') return operation;
  const timed = dice.chance(0.05) ? { ...operation, timeoutMs: 60_000 } : operation;
  if (timed.kind === 'blob') return timed;
  if (timed.kind === 'echo') {
    if (!dice.chance(0.15)) return timed;
    const cancelAfterMs = dice.chance(0.7) ? dice.pick([1, 50, 500]) : timed.cancelAfterMs;
    const isEnding = cancelAfterMs !== undefined || timed.timeoutMs !== undefined;
    return { ...timed, cancelAfterMs, isListening: true, workMs: isEnding ? 600_000 : 20_000 };
  }
  if (timed.kind === 'nested') {
    const { quietMs, ...cells } = drawPatience(dice, timed.cells, false);
    // The rows are read one after the other, and a world has an end.
    const eachMs = quietMs && quietMs / Math.max(1, timed.rows);
    return { ...timed, cells: { ...cells, ...(eachMs !== undefined && { quietMs: eachMs }) } };
  }
  return { ...timed, flow: drawPatience(dice, timed.flow, timed.kind === 'down') };
}

function drawPatience(dice: Dice, flow: Flow, isResult: boolean): Flow {
  if (!dice.chance(0.2)) return flow;
  const { breakAfter, ...whole } = flow;
  switch (dice.pick(['quiet', 'left', 'left', 'held', 'paired', 'ignored'] as const)) {
    case 'quiet':
      return { ...flow, quietMs: 2_000_000 };
    case 'left':
      return { ...flow, quietMs: 2_000_000, breakAfter: breakAfter ?? flow.items };
    case 'held':
      return { ...flow, holdMs: dice.pick([20_000, 300_000]) };
    case 'paired':
      return { ...whole, isPaired: true };
    default:
      return isResult ? { ...flow, isIgnored: true } : flow;
  }
}

/** Few calls at a time are allowed, and there are no more. */
function atTimesOfTheirOwn(dice: Dice, plan: Plan): Plan {
  const [client, ...others] = plan.clients;
  if (client === undefined || others.length > 0) return plan;
  const operations = client.operations.map((operation, index) => ({
    ...operation,
    atMs: index * ALONE_MS,
  }));
  const maxConcurrentCalls = dice.between(1, 2);
  const server = { ...plan.server, callsPerSecond: 0, maxConcurrentCalls };
  return { ...plan, server, clients: [{ ...client, operations }] };
}

/** Results are kept for longer than the server keeps them, and nothing goes wrong. */
function withShortLease(plan: Plan): Plan {
  const clients = plan.clients.map((client) => ({
    ...client,
    operations: client.operations.map((operation) =>
      operation.kind === 'down'
        ? { ...operation, flow: { ...operation.flow, holdMs: 20_000 } }
        : operation,
    ),
  }));
  return { ...plan, clients, server: { ...plan.server, leaseMs: SHORT_LEASE_MS }, faults: [] };
}

/** The server goes away when its clients have had no work for a while. */
function leftAtLast(plan: Plan): Plan {
  const clients = plan.clients.map((client) => ({ ...client, lingerMs: 60_000 }));
  const lastMs = Math.max(...clients.flatMap(({ operations }) => operations.map((o) => o.atMs)));
  const fault = {
    kind: 'drain',
    atMs: lastMs + 20_000,
    graceMs: LONG_GRACE_MS,
    againMs: 1_000,
  } as const;
  return { ...plan, clients, faults: [fault] };
}

/** The network takes few bytes at a time, so that frames come in parts. */
function inSmallParts(plan: Plan): Plan {
  const network: NetworkPlan = { ...plan.network, bufferBytes: 16, bytesPerMs: 0, latencyMs: 1 };
  const clients = plan.clients.map((client) => ({
    ...client,
    operations: client.operations.map(withFewBytes),
  }));
  return { ...plan, network, clients, limits: { ...plan.limits, sourceBudgetBytes: 1 } };
}

function withFewBytes(operation: Operation): Operation {
  const few = (flow: Flow): Flow => ({ ...flow, itemBytes: Math.min(flow.itemBytes, FEW_BYTES) });
  switch (operation.kind) {
    case 'echo':
      return { ...operation, bytes: Math.min(operation.bytes, FEW_BYTES) };
    case 'blob':
      return { ...operation, bytes: Math.min(operation.bytes, FEW_BYTES), chunkBytes: 500 };
    case 'post':
      return operation;
    case 'nested':
      return { ...operation, cells: few(operation.cells) };
    default:
      return { ...operation, flow: few(operation.flow) };
  }
}

/** As many connections as can be needed, or too few. */
function drawChildren(dice: Dice, { limits, clients }: Plan): TightLimits {
  const enough = Math.max(1, ...clients.map(mostChildren));
  const maxChildren = dice.chance(0.8) ? enough : dice.between(1, 2);
  return { ...limits, maxChildren, ...(dice.chance(0.7) && { maxParked: 1 }) };
}

/** Faults while operations begin, and a drain that waits for all that is under way. */
function drawTimedFaults(dice: Dice, { faults, clients, network }: Plan): readonly Fault[] {
  const operations = clients.flatMap((client) => client.operations);
  const more: Fault[] = [];
  if (dice.chance(0.12)) {
    for (let count = dice.between(1, 3); count > 0; count--) {
      const lateMs = dice.between(0, 8 * network.latencyMs + 10);
      more.push({
        kind: 'cutOne',
        atMs: dice.pick(operations).atMs + lateMs,
        index: dice.below(8),
      });
    }
  }
  if (dice.chance(0.1)) {
    const atMs = dice.pick(operations).atMs + dice.pick([1, 50, 500, 30_000]);
    more.push({ kind: 'drain', atMs, graceMs: LONG_GRACE_MS, againMs: 1_000 });
  }
  return [...faults, ...more].toSorted((one, other) => one.atMs - other.atMs);
}

/** Connections of streams that a client can ever need, if it needs a new one for each. */
function mostChildren({ operations }: Pick<ClientPlan, 'operations'>): number {
  return operations.map(childrenOf).reduce((total, count) => total + count, 0);
}

/** A verb's stream has one connection for both directions. */
function childrenOf(operation: Operation): number {
  switch (operation.kind) {
    case 'echo':
    case 'post':
      return 0;
    case 'both':
    case 'blob':
      return 2;
    case 'nested':
      return 1 + operation.rows;
    default:
      return 1;
  }
}
