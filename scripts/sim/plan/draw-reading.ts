import type { Dice } from '../../../lib/simulation/world/dice.ts';
import type { Flow, NetworkPlan, Operation, Plan, ReadingWay } from './plan.ts';

/** The part of all worlds in which some readers read in memory that is used again. */
const READING_PART = 0.5;

/** The part of the streams of such a world. */
const FLOW_PART = 0.7;

/** Frames of such items are put together in a place of their own. */
const LARGE_BYTES = [15_990, 16_384, 40_000, 70_000] as const;

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
  return { ...plan, clients };
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
      return { ...operation, cells: drawFlow(dice, operation.cells, mayBeLarge) };
    default:
      return { ...operation, flow: drawFlow(dice, operation.flow, mayBeLarge) };
  }
}

function drawFlow(dice: Dice, given: Flow, mayBeLarge: boolean): Flow {
  if (!dice.chance(FLOW_PART)) return given;
  const flow: Flow = {
    ...given,
    ...(mayBeLarge && dice.chance(0.15) && { itemBytes: dice.pick(LARGE_BYTES) }),
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
    ...(dice.chance(0.4) && { readGapMs: dice.pick([1, 5]) }),
    ...(reading !== 'borrowed' && dice.chance(0.3) && { patienceMs: dice.pick([1, 10, 200]) }),
  };
}

/** Where items are left out they are counted one by one. */
function drawWay(dice: Dice, { skipTo }: Flow): ReadingWay {
  if (skipTo !== undefined) return dice.pick(['borrowed', 'into']);
  return dice.pick(['borrowed', 'batch', 'into', 'mixed']);
}
