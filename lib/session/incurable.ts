import { RefusedError } from '../errors/errors.ts';
import { isInstance } from '../errors/foreign.ts';
import { isRpcError, type RpcErrorCode } from '../errors/rpc-error.ts';
import { isWrongMagic } from '../wire/wrong-magic.ts';

/** The same client would meet the same error at the same server again. */
const INCURABLE: ReadonlySet<RpcErrorCode> = new Set([
  'ERR_COMPRESSION',
  'ERR_MISUSE',
  'ERR_OPTION',
  'ERR_PROTOCOL',
  'ERR_UNAUTHENTICATED',
  'ERR_UNSUPPORTED',
]);

/**
 * Whether another attempt to connect would fail as well, so that the client ends with the error.
 *
 * @param hasConnected - whether an attempt has succeeded before. If so, a wrong address or a
 *   certificate that doesn't fit are likely to pass: balancers answer for a server that restarts,
 *   and certificates are renewed.
 */
export function isIncurable(error: unknown, hasConnected: boolean): boolean {
  if (!isRpcError(error)) return false;
  if (error.code === 'ERR_TLS' || isWrongMagic(error)) return !hasConnected;
  return INCURABLE.has(error.code);
}

/** Whether a server that leaves has refused a connection: it lets nobody in but those with a session that it has. */
export function isRefusedForGood(error: unknown): boolean {
  return isInstance(error, RefusedError) && error.retryAfterMs === undefined;
}

/** Milliseconds in which the server that has refused a connection will have no room for it. */
export function retryAfterMs(error: unknown): number {
  return (isInstance(error, RefusedError) && error.retryAfterMs) || 0;
}
