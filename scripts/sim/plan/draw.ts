import { Dice } from '../../../lib/simulation/world/dice.ts';
import { drawHabits } from './draw-habits.ts';
import { drawHostile } from './draw-hostile.ts';
import { drawReading } from './draw-reading.ts';
import { drawResumableVerbs } from './draw-resumable.ts';
import { drawSessions } from './draw-sessions.ts';
import { drawTaking } from './draw-taking.ts';
import {
  type ClientPlan,
  type Fault,
  type Flow,
  type NetworkPlan,
  NEWEST_VERSION,
  type Operation,
  type Plan,
  SERVICES_VERSION,
  type TightLimits,
  type Version,
} from './plan.ts';

const KINDS: readonly Operation['kind'][] = [
  'echo',
  'echo',
  'down',
  'down',
  'up',
  'up',
  'both',
  'nested',
  'verbUp',
  'verbDown',
  'blob',
];

/** Kinds that need no services. */
const PLAIN_KINDS: readonly Operation['kind'][] = ['verbUp', 'verbDown'];

/** Versions that clients speak: most of them that of the library, some each of the older ones. */
const VERSIONS: readonly Version[] = [0, 1, 2, ...Array<Version>(7).fill(NEWEST_VERSION)];

/** `resources.arrivalTimeoutMs` of servers. */
const ARRIVAL_MS = 30_000;
/** Bytes that arrive in time on each network. */
const SHORT_BYTES = 2_000;

/** After this time nothing is left of a stream that nobody reads. */
const LINGER_MS = 300_000;

/** Draws the program of a seed: the same for ever, as long as this code stays as it is. */
export function drawPlan(seed: number): Plan {
  const root = new Dice(seed);
  const dice = root.fork();
  const clients = drawClients(dice);
  const lastMs = Math.max(...clients.flatMap(({ operations }) => operations.map((o) => o.atMs)));
  const plan: Plan = {
    seed,
    network: drawNetwork(dice),
    server: {
      maxConcurrentCalls: dice.chance(0.1) ? dice.between(1, 3) : 0,
      callsPerSecond: dice.chance(0.05) ? dice.between(1, 20) : 0,
      maxInFlight: dice.chance(0.1) ? dice.between(1, 5) : 0,
      maxMemoryBytes: dice.chance(0.1) ? dice.pick([100_000, 1_000_000]) : 0,
      isCompressing: dice.chance(0.15),
    },
    limits: dice.chance(0.3) ? drawLimits(dice) : {},
    clients,
    faults: dice.chance(0.2) ? [] : drawFaults(dice, clients, lastMs),
    hostile: drawHostile(root.fork(), lastMs),
  };
  const lasting = drawSessions(root.fork(), drawHabits(dice, inTime(plan)));
  const read = drawReading(root.fork(), drawResumableVerbs(root.fork(), lasting));
  return drawTaking(root.fork(), read);
}

/** A server waits so long for the rest of a request: what takes longer on the network is made short. */
function inTime(plan: Plan): Plan {
  const { latencyMs, jitterMs, bufferBytes } = plan.network;
  const isSlow = (bytes: number): boolean =>
    (bytes / bufferBytes) * (latencyMs + jitterMs) >= ARRIVAL_MS;
  const clients = plan.clients.map((client) => ({
    ...client,
    operations: client.operations.map((operation) =>
      operation.kind === 'echo' && isSlow(operation.bytes)
        ? { ...operation, bytes: SHORT_BYTES }
        : operation,
    ),
  }));
  return { ...plan, clients };
}

function drawNetwork(dice: Dice): NetworkPlan {
  return {
    latencyMs: dice.pick([0, 1, 1, 5, 40]),
    jitterMs: dice.pick([0, 0, 2, 20]),
    bytesPerMs: dice.chance(0.2) ? dice.pick([20, 200, 2_000]) : 0,
    bufferBytes: dice.pick([64, 1_024, 65_536, 65_536]),
    refusals: dice.chance(0.1) ? 0.3 : 0,
    acceptDelayMs: dice.chance(0.1) ? 200 : 0,
  };
}

function drawLimits(dice: Dice): TightLimits {
  return {
    ...(dice.chance(0.5) && { maxHandshakes: dice.between(1, 2) }),
    ...(dice.chance(0.5) && { maxParked: dice.between(1, 2) }),
    ...(dice.chance(0.3) && { sourceBudgetBytes: dice.pick([1, 100, 3_000]) }),
    ...(dice.chance(0.3) && { sinkBudgetBytes: dice.pick([1, 100, 3_000]) }),
    ...(dice.chance(0.3) && { mainBudgetBytes: dice.pick([1, 100, 3_000]) }),
  };
}

function drawClients(dice: Dice): ClientPlan[] {
  let lastId = 0;
  return Array.from({ length: dice.pick([1, 1, 1, 2, 3]) }, (_, index) => {
    const version = dice.pick(VERSIONS);
    const count = dice.pick([1, 2, 3, 6, 10]);
    const spanMs = dice.pick([0, 20, 20, 200, 200, 200_000]);
    return {
      name: `client${index + 1}`,
      version,
      operations: Array.from({ length: count }, () =>
        drawOperation(dice, ++lastId, dice.between(0, spanMs), version >= SERVICES_VERSION),
      ),
      lingerMs: dice.chance(0.2) ? LINGER_MS : 0,
      farewell: dice.chance(0.8) ? 'close' : 'abort',
      graceMs: dice.pick([0, 1_000, 1_000, 30_000]),
    };
  });
}

function drawOperation(dice: Dice, id: number, atMs: number, hasServices: boolean): Operation {
  const kind = dice.pick(hasServices ? KINDS : PLAIN_KINDS);
  const common = {
    id,
    atMs,
    ...(dice.chance(0.15) && { timeoutMs: dice.pick([1, 10, 100, 1_000]) }),
    ...(dice.chance(0.15) && { cancelAfterMs: dice.pick([0, 1, 5, 50, 500]) }),
  };
  if (kind === 'echo') {
    const isFailing = dice.chance(0.15);
    const workMs = dice.pick([0, 0, 5, 100]);
    return { ...common, kind, bytes: drawBytes(dice), workMs, ...(isFailing && { isFailing }) };
  }
  if (kind === 'nested') {
    const rows = dice.between(0, 4);
    const leaveAfter = rows > 0 && dice.chance(0.3) ? dice.between(1, rows) : undefined;
    const cells = drawFlow(dice, 4);
    return { ...common, kind, rows, cells, ...(leaveAfter !== undefined && { leaveAfter }) };
  }
  if (kind === 'blob') {
    return { ...common, kind, bytes: drawBytes(dice), chunkBytes: dice.pick([7, 500, 100_000]) };
  }
  if (kind === 'verbUp' || kind === 'verbDown') return { id, atMs, kind, flow: drawFlow(dice, 20) };
  return { ...common, kind, flow: drawFlow(dice, 20) };
}

function drawFlow(dice: Dice, maxItems: number): Flow {
  const items = dice.pick([0, 1, 2, dice.between(3, maxItems)]);
  return {
    items,
    itemBytes: drawBytes(dice),
    gapMs: dice.pick([0, 0, 0, 1, 20]),
    readGapMs: dice.pick([0, 0, 0, 1, 50]),
    ...(dice.chance(0.2) && { breakAfter: dice.between(0, items) }),
    ...(dice.chance(0.15) && { throwsAt: dice.between(0, items) }),
    ...(dice.chance(0.05) && { isBadAtEnd: true }),
    ...(dice.chance(0.04) && { stallMs: dice.pick([10_000, 100_000, 500_000]) }),
    ...(dice.chance(0.04) && {
      dropAfter: dice.between(0, items + 1),
      isHeld: dice.chance(0.4),
    }),
  };
}

function drawBytes(dice: Dice): number {
  return dice.pick([0, 1, 10, 10, 100, 2_000, dice.chance(0.2) ? 40_000 : 10]);
}

function drawFaults(dice: Dice, clients: readonly ClientPlan[], lastMs: number): Fault[] {
  const count = dice.pick([1, 1, 2, 3, 5]);
  const spanMs = lastMs + dice.pick([5, 20, 50, 100, 1_000]);
  const faults = Array.from({ length: count }, () =>
    drawFault(dice, clients, dice.between(0, spanMs)),
  );
  return faults.toSorted((one, other) => one.atMs - other.atMs);
}

function drawFault(dice: Dice, clients: readonly ClientPlan[], atMs: number): Fault {
  const client = dice.pick(clients).name;
  const node = dice.chance(0.5) ? 'server' : client;
  const index = dice.below(4);
  const forMs = dice.pick([1, 100, 10_000, 60_000]);
  switch (
    dice.pick([
      'cut',
      'cutOne',
      'cutOne',
      'silence',
      'partition',
      'crash',
      'block',
      'jump',
      'drain',
      'drain',
      'abort',
      'leave',
      'leave',
      'hostile',
      'damage',
    ])
  ) {
    case 'cut':
      return { kind: 'cut', atMs, client };
    case 'cutOne':
      return { kind: 'cutOne', atMs, index };
    case 'silence':
      return {
        kind: 'silence',
        atMs,
        index,
        direction: dice.pick(['toDialer', 'toListener', 'both']),
        forMs: dice.pick([20_000, 60_000, 924_000]),
      };
    case 'partition':
      return { kind: 'partition', atMs, client, forMs };
    case 'crash':
      return { kind: 'crash', atMs, node, isMachine: dice.chance(0.3), forMs };
    case 'block':
      return { kind: 'block', atMs, node, forMs: dice.pick([5, 1_000, 30_000]) };
    case 'jump':
      return { kind: 'jump', atMs, node, byMs: dice.pick([50, 5_000, 100_000]) };
    case 'drain':
      return { kind: 'drain', atMs, graceMs: dice.pick([0, 10, 1_000, 30_000]), againMs: forMs };
    case 'abort':
      return { kind: 'abort', atMs, againMs: forMs };
    case 'leave': {
      const farewell = dice.pick(['close', 'abort'] as const);
      return { kind: 'leave', atMs, client, farewell, graceMs: dice.pick([0, 10, 1_000, 30_000]) };
    }
    case 'damage':
      return { kind: 'damage', atMs, probability: dice.pick([0.05, 0.3]) };
    default:
      return { kind: 'hostile', atMs, bytes: dice.bytes(dice.between(1, 60)).toString('hex') };
  }
}
