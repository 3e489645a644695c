import { type CanceledError, isRpcError } from '../errors/errors.ts';

/** The processes of a path; later ones are left out. */
export const MAX_HOPS = 32;

/** The bytes of a process' name. */
export const MAX_HOP_BYTES = 256;

/**
 * The path of what is canceled because of `reason`: that of the cancel which this one passes on, and
 * this process behind it.
 *
 * @param name - this process' name; undefined for none.
 */
export function cancelPath(reason: unknown, name: string | undefined): readonly string[] {
  const path = asCanceled(reason)?.path ?? [];
  return name === undefined || path.at(-1) === name ? path : [...path, name].slice(0, MAX_HOPS);
}

/** What was behind a cancel in the first place, before it was passed on. */
export function firstReason(reason: unknown): unknown {
  let first = reason;
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    const canceled = asCanceled(first);
    if (canceled === undefined) break;
    first = canceled.cause;
  }
  return first;
}

/** A reason may be anything, also what can't be looked at. */
function asCanceled(reason: unknown): CanceledError | undefined {
  try {
    // The code is that of this class alone.
    return isRpcError(reason) && reason.code === 'ERR_CANCELED'
      ? (reason as CanceledError)
      : undefined;
  } catch {
    return undefined;
  }
}
