import { ClosedError, TimeoutError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';

/**
 * Whether a connection was cut off, by the network or by a proxy that ends it in order:
 * another one may do. A peer that wants no connection says so in another way.
 */
export function isCutOff(error: unknown): boolean {
  return isInstance(error, ClosedError) && error.initiator !== 'local';
}

/** Whether a connection was cut off, or was not made in time: another attempt may do better. */
export function isPassing(error: unknown): boolean {
  return isCutOff(error) || isInstance(error, TimeoutError);
}
