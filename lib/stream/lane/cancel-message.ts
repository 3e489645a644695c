import { cancelPath, firstReason } from '../../base/cancel-path.ts';
import { encodeCancel } from '../../document/cancel-document.ts';
import { CanceledError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';

/** The documents of causes without a number of items: one value may hold many streams. */
const encoded = new WeakMap<Error, { readonly reason: Buffer; readonly by: string | undefined }>();

/**
 * Tells the producer of a value stream that its reader wants no more.
 *
 * @param cause - the reason; a cancel that is passed on keeps its reason and its path.
 * @param takenItems - for a stream that was open: how many items the reader has taken.
 */
export function streamCancel(
  number: number,
  cause: unknown,
  { processName }: Environment,
  takenItems?: number,
): MainMessage {
  const reason =
    takenItems === undefined && cause instanceof Error
      ? encodeOnce(cause, processName)
      : encode(cause, processName, takenItems);
  return { kind: 'stream-cancel', number, reason };
}

function encodeOnce(cause: Error, processName: string | undefined): Buffer {
  const known = encoded.get(cause);
  if (known !== undefined && known.by === processName) return known.reason;
  const reason = encode(cause, processName);
  encoded.set(cause, { reason, by: processName });
  return reason;
}

function encode(cause: unknown, processName: string | undefined, takenItems?: number): Buffer {
  const path = cancelPath(cause, processName);
  return encodeCancel({ reason: firstReason(cause), path, takenItems });
}

/**
 * Why a producer stops when its call has failed. The consumer may learn from the stream that the call was
 * canceled, ahead of the call: it gets the same reason and path.
 */
export function cancelOfCall(
  cause: unknown,
  { processName }: Pick<Environment, 'processName'>,
): CanceledError {
  if (!(cause instanceof CanceledError)) return new CanceledError('call');
  return new CanceledError('call', firstReason(cause), 'local', cancelPath(cause, processName));
}

/** The cancel that ended the stream, if its producer was stopped because the call was canceled that it belongs to. */
export function canceledCall(error: Error): CanceledError | undefined {
  const { code, scope, path } = error as Partial<CanceledError>;
  if (code !== 'ERR_CANCELED' || scope !== 'call') return undefined;
  return new CanceledError('call', error.cause, 'remote', path);
}
