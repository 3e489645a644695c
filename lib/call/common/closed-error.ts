import { ClosedError } from '../../errors/errors.ts';

/** The cause of the end of a connection, as an error. */
export function closedError(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  return new ClosedError('the connection was closed', 'transport', cause);
}
