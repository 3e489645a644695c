import type { Dice } from '../../../lib/simulation/world/dice.ts';
import type { Flow, Operation, Plan, ResumablePlan } from './plan.ts';

/** More items than a window holds: there are many positions to go on at. */
const MANY_ITEMS = 60;

/** The part of the verbs' streams of clients that reconnect. */
const VERB_PART = 0.7;

/**
 * Lets some streams of an operation go on when their connection is lost, and some leave items out.
 *
 * @param part - the part of all streams that do.
 */
export function drawResumable(dice: Dice, part: number, operation: Operation): Operation {
  switch (operation.kind) {
    case 'down':
    case 'up':
      return { ...operation, flow: drawFlow(dice, part, operation.flow, true) };
    case 'both':
      return { ...operation, flow: drawFlow(dice, part, operation.flow, false) };
    case 'nested': {
      const cells = drawFlow(dice, part, operation.cells, true);
      return { ...operation, cells, ...(dice.chance(part) && { isResumable: true }) };
    }
    default:
      return operation;
  }
}

/** Lets most streams of verbs go on whose clients reconnect. It has dice of its own: other draws don't depend on it. */
export function drawResumableVerbs(dice: Dice, plan: Plan): Plan {
  const clients = plan.clients.map((client) =>
    client.reconnect === undefined
      ? client
      : { ...client, operations: client.operations.map((operation) => drawVerb(dice, operation)) },
  );
  return { ...plan, clients };
}

function drawVerb(dice: Dice, operation: Operation): Operation {
  if (operation.kind !== 'verbUp' && operation.kind !== 'verbDown') return operation;
  return { ...operation, flow: drawFlow(dice, VERB_PART, operation.flow, false) };
}

function drawFlow(dice: Dice, part: number, given: Flow, maySkip: boolean): Flow {
  if (!dice.chance(part)) return given;
  const flow = dice.chance(0.3) ? withMany(dice, given) : given;
  // Other readers read one item at a time.
  const isSteady = flow.isPaired !== true && flow.dropAfter === undefined;
  const skipTo = maySkip && isSteady && dice.chance(0.25) ? dice.pick([1, 3, 10]) : undefined;
  if (skipTo === undefined) return { ...flow, resumable: drawTerms(dice, isSteady) };
  // It has a window of its own.
  const resumable = dice.chance(0.3) ? { isManual: true } : {};
  const lagging = dice.chance(0.5) ? withLag(dice, flow) : flow;
  return { ...lagging, skipTo, ...(dice.chance(0.7) && { resumable }) };
}

function withMany(dice: Dice, flow: Flow): Flow {
  return { ...flow, items: dice.between(flow.items, MANY_ITEMS), gapMs: dice.pick([0, 1]) };
}

/** The reader is slower than the producer: more items wait than are in flight. */
function withLag(dice: Dice, flow: Flow): Flow {
  const items = dice.between(Math.max(flow.items, 70), 200);
  return { ...flow, items, itemBytes: 10, gapMs: dice.pick([0, 1]), readGapMs: dice.pick([5, 20]) };
}

function drawTerms(dice: Dice, isSteady: boolean): ResumablePlan {
  return {
    ...(dice.chance(0.4) && { windowItems: dice.pick([1, 2, 5, 61]) }),
    ...(dice.chance(0.3) && { windowBytes: dice.pick([1, 300, 5_000]) }),
    ...(dice.chance(0.2) && { ackPeriod: dice.pick([1, 3, 30]) }),
    ...(isSteady && dice.chance(0.3) && { isManual: true }),
    ...(dice.chance(0.3) && { hasChecksum: true }),
  };
}
