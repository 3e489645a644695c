import type { Operation } from './plan.ts';

/** Whether a reader of its streams stands still for ever. */
export function isHeld(operation: Operation): boolean {
  if (operation.kind === 'nested') return operation.cells.isHeld === true;
  return 'flow' in operation && operation.flow.isHeld === true;
}
