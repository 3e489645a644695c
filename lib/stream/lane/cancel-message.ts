import { cancelPath, firstReason } from '../../base/cancel-path.ts';
import { encodeCancel } from '../../document/cancel-document.ts';
import { markLibraryEnd } from '../../document/library-end.ts';
import { CanceledError, TimeoutError } from '../../errors/errors.ts';
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
 * Why a producer stops when its call has failed. The consumer may learn from the stream how the call
 * has ended, ahead of the call: it gets the same reason and path, or the same limit.
 */
export function endOfCall(
  cause: unknown,
  { processName }: Pick<Environment, 'processName'>,
): CanceledError | TimeoutError {
  if (cause instanceof TimeoutError && cause.scope === 'call') {
    // The server counts in whole milliseconds.
    return markLibraryEnd(new TimeoutError('the call', Math.ceil(cause.limitMs), 'call'));
  }
  if (!(cause instanceof CanceledError)) return markLibraryEnd(new CanceledError('call', cause));
  const path = cancelPath(cause, processName);
  return markLibraryEnd(new CanceledError('call', firstReason(cause), 'local', path));
}

/** Whether the stream was ended because the call that it belongs to is over at its caller. */
export function isEndOfCall(error: Error): error is CanceledError | TimeoutError {
  return error instanceof CanceledError || error instanceof TimeoutError;
}
