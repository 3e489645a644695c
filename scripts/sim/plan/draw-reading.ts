import type { Dice } from '../../../lib/simulation/world/dice.ts';
import type { ClientPlan, Fault, Flow, NetworkPlan, Operation, Plan, ReadingWay } from './plan.ts';

/** The part of all worlds in which some readers read in memory that is used again. */
const READING_PART = 0.5;

/** The part of the streams of such a world. */
const FLOW_PART = 0.7;

/** From 16 KiB on, frames are put together in a place of their own. */
const LARGE_BYTES = [3_000, 15_990, 16_384, 40_000, 70_000] as const;

/** So long after its begin a stream that goes on is cut. */
const CUT_SPAN_MS = 600;

/** A network that takes less at a time needs long for large items. */
const WIDE_BYTES = 65_536;

/**
 * Lets some readers of a program read in memory that is used again. It has dice of its own: other draws
 * don't depend on it.
 */
export function drawReading(dice: Dice, plan: Plan): Plan {
  if (!dice.chance(READING_PART)) return plan;
  const mayBeLarge = isWide(plan.network);
  const clients = plan.clients.map((client) => ({
    ...client,
    operations: client.operations.map((operation) => drawOperation(dice, operation, mayBeLarge)),
  }));
  return { ...plan, clients, faults: drawCuts(dice, plan.faults, clients) };
}

/** Cuts connections while a reader of a stream that goes on has borrowed something. */
function drawCuts(
  dice: Dice,
  faults: readonly Fault[],
  clients: readonly ClientPlan[],
): readonly Fault[] {
  const more = clients.flatMap(({ name, operations, reconnect }): Fault[] => {
    const { atMs } = operations.find(isLastingLent) ?? {};
    if (reconnect === undefined || atMs === undefined || !dice.chance(0.7)) return [];
    return Array.from({ length: dice.pick([1, 2, 4]) }, () => {
      return { kind: 'cut', atMs: atMs + dice.between(1, CUT_SPAN_MS), client: name };
    });
  });
  return [...faults, ...more].toSorted((one, other) => one.atMs - other.atMs);
}

function isLastingLent(operation: Operation): boolean {
  if (!('flow' in operation)) return false;
  const { reading, resumable } = operation.flow;
  return reading !== undefined && resumable !== undefined;
}

function isWide({ bytesPerMs, bufferBytes }: NetworkPlan): boolean {
  return bytesPerMs === 0 && bufferBytes >= WIDE_BYTES;
}

function drawOperation(dice: Dice, operation: Operation, mayBeLarge: boolean): Operation {
  switch (operation.kind) {
    case 'echo':
    case 'post':
    case 'blob':
      return operation;
    case 'nested':
      return { ...operation, cells: drawFlow(dice, operation.cells, false) };
    default:
      return { ...operation, flow: drawFlow(dice, operation.flow, mayBeLarge) };
  }
}

function drawFlow(dice: Dice, given: Flow, mayBeLarge: boolean): Flow {
  if (!dice.chance(FLOW_PART)) return given;
  const flow: Flow = {
    ...given,
    ...(mayBeLarge && given.skipTo === undefined && dice.chance(0.25) && drawBulk(dice, given)),
    layout: dice.pick(['raw', 'packed', 'bson'] as const),
  };
  // They read in a way of their own.
  if (flow.isPaired === true || flow.isIgnored === true) return flow;
  if (flow.dropAfter !== undefined) return { ...flow, reading: 'borrowed' };
  const reading = drawWay(dice, flow);
  const isRecord = (reading === 'borrowed' || reading === 'batch') && dice.chance(0.25);
  return {
    ...flow,
    reading,
    ...(isRecord && { layout: undefined }),
    // What is lent has to stay as it is while its reader works.
    ...(dice.chance(flow.resumable === undefined ? 0.5 : 0.8) && {
      readGapMs: dice.pick([1, 5, 5, 200, 200]),
    }),
    ...(reading !== 'borrowed' && dice.chance(0.3) && { patienceMs: dice.pick([1, 10, 200]) }),
  };
}

/** Several blocks of memory, so that it is used again while the reader works. */
function drawBulk(dice: Dice, { items }: Flow): Partial<Flow> {
  return {
    items: dice.between(Math.max(items, 10), 60),
    itemBytes: dice.pick(LARGE_BYTES),
    gapMs: 0,
  };
}

/** Where items are left out they are counted one by one. */
function drawWay(dice: Dice, { skipTo }: Flow): ReadingWay {
  if (skipTo !== undefined) return dice.pick(['borrowed', 'into']);
  return dice.pick(['borrowed', 'batch', 'into', 'mixed']);
}
