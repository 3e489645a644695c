import type { Dice } from '../../../lib/simulation/world/dice.ts';
import type { Operation, Plan } from './plan.ts';

/** The part of the streams of verbs with bytes whose senders fill memory of their sinks. */
const TAKING_PART = 0.5;

/**
 * Lets some senders fill memory of their sinks, in programs whose streams are bytes already. It has dice
 * of its own.
 */
export function drawTaking(dice: Dice, plan: Plan): Plan {
  const drawOne = (operation: Operation): Operation => {
    if (operation.kind !== 'verbUp' && operation.kind !== 'verbDown') return operation;
    const { flow } = operation;
    if (flow.layout === undefined || !dice.chance(TAKING_PART)) return operation;
    return { ...operation, flow: { ...flow, isTaken: true } };
  };
  const clients = plan.clients.map((client) => ({
    ...client,
    operations: client.operations.map(drawOne),
  }));
  return { ...plan, clients };
}
