import { ClosedError } from '../../errors/errors.ts';
import { isError, messageOf } from '../../errors/foreign.ts';
import { isRpcError } from '../../errors/rpc-error.ts';

/** Makes an error of the reason for which a connection ended. */
export function closedError(cause: unknown): Error {
  if (isError(cause)) return cause;
  return new ClosedError('the connection was closed', 'transport', cause);
}

/**
 * The error of all that was under way on a connection, while its client makes another one: the same
 * request may succeed there.
 */
export function retryableLoss(cause: Error): Error {
  if (isRpcError(cause) && cause.code === 'ERR_CLOSED' && cause.retryable) return cause;
  return new ClosedError(`the connection was lost: ${messageOf(cause)}`, 'transport', cause);
}
