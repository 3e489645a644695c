import { type Initiator, isRpcError } from '../errors/rpc-error.ts';
import { SerializationError } from '../errors/errors.ts';
import { isInstance, messageOf } from '../errors/foreign.ts';
import { formatPath, type PathSegment } from './value-path.ts';
import { setName } from '../errors/set-name.ts';

/**
 * A value or bytes that don't fit, on the way up to the tuple. Each container adds its step of the
 * path as the error passes, so that no path is kept while everything fits.
 */
export class Misfit extends Error {
  /** The innermost step first. */
  readonly segments: PathSegment[] = [];
  static {
    setName(this, 'Misfit');
  }
}

/**
 * The error with one more step of its path. Other errors become a {@link Misfit}; errors of this
 * library stay as they are.
 */
export function misfitAt(segment: PathSegment, error: unknown): unknown {
  if (isRpcError(error)) return error;
  const misfit = isInstance(error, Misfit) ? error : new Misfit(messageOf(error), { cause: error });
  misfit.segments.push(segment);
  return misfit;
}

/**
 * The error that leaves the serializer: its path is complete and `initiator` is blamed. Errors of
 * this library stay as they are.
 */
export function toSerializationError(error: unknown, initiator: Initiator): unknown {
  if (isRpcError(error)) return error;
  if (!isInstance(error, Misfit)) {
    return new SerializationError(messageOf(error), { initiator, cause: error });
  }
  const path = formatPath(error.segments.toReversed());
  return new SerializationError(error.message, { path, initiator, cause: error.cause });
}
