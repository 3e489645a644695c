import { ClosedError } from '../../errors/errors.ts';

/** Makes an error of the reason for which a connection ended. */
export function closedError(cause: unknown): Error {
  if (cause instanceof Error) return cause;
  return new ClosedError('the connection was closed', 'transport', cause);
}
