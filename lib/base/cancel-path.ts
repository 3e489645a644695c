import type { CanceledError } from '../errors/errors.ts';
import { isRpcError } from '../errors/rpc-error.ts';

/** The number of processes in a path. Later ones are left out. */
export const MAX_HOPS = 32;

/** The most bytes of a process's name. */
export const MAX_HOP_BYTES = 256;

/**
 * The path of a cancel that happens because of `reason`: the path of the cancel which this one
 * passes on, followed by this process.
 *
 * @param name - this process's name; undefined for none.
 */
export function cancelPath(reason: unknown, name: string | undefined): readonly string[] {
  const path = asCanceled(reason)?.path ?? [];
  return name === undefined || path.at(-1) === name ? path : [...path, name].slice(0, MAX_HOPS);
}

/** The original reason of a cancel, before any process passed it on. */
export function firstReason(reason: unknown): unknown {
  let first = reason;
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const canceled = asCanceled(first);
    if (canceled === undefined) break;
    first = canceled.cause;
  }
  return first;
}

/** A reason can be anything, including an object that throws when it is looked at. */
function asCanceled(reason: unknown): CanceledError | undefined {
  try {
    // No other class has this code.
    return isRpcError(reason) && reason.code === 'ERR_CANCELED'
      ? (reason as CanceledError)
      : undefined;
  } catch {
    return undefined;
  }
}
