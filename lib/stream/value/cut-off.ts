import { ClosedError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';

/**
 * Whether a connection was cut off, by the network or by a proxy that ends it in order:
 * another one may do. A peer that wants no connection says so in another way.
 */
export function isCutOff(error: unknown): boolean {
  return isInstance(error, ClosedError) && error.initiator !== 'local';
}
