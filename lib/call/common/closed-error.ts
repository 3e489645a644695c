import { ClosedError } from '../../errors/errors.ts';
import { isError } from '../../errors/foreign.ts';

/** Makes an error of the reason for which a connection ended. */
export function closedError(cause: unknown): Error {
  if (isError(cause)) return cause;
  return new ClosedError('the connection was closed', 'transport', cause);
}
