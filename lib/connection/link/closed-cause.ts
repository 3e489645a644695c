import { TlsError } from '../../errors/access-errors.ts';
import { ClosedError } from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import { isRpcError } from '../../errors/rpc-error.ts';
import { tlsProblemAfterwards } from '../../transport/tls-problem.ts';

/** The cause of a link that its socket has closed, with the socket's error if there was one. */
export function closedCause(error: Error | undefined): unknown {
  if (error === undefined) return new ClosedError('the peer closed the connection', 'remote');
  if (isRpcError(error)) return error;
  const problem = tlsProblemAfterwards(error);
  if (problem !== undefined) return new TlsError(problem, 'remote', error);
  return new ClosedError(`the connection was lost: ${messageOf(error)}`, 'transport', error);
}
