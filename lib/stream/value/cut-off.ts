import { ClosedError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';

/** Whether the network has cut a connection off: another one may do. */
export function isCutOff(error: unknown): boolean {
  return isInstance(error, ClosedError) && error.initiator === 'transport';
}
