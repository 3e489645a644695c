import { isRpcError } from '../errors/rpc-error.ts';
import { readField } from '../errors/foreign.ts';

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
  const path = isCanceled(reason) ? hopsOf(reason) : [];
  return name === undefined || path.at(-1) === name ? path : [...path, name].slice(0, MAX_HOPS);
}

/** The original reason of a cancel, before any process passed it on. */
export function firstReason(reason: unknown): unknown {
  let first = reason;
  for (let hops = 0; hops <= MAX_HOPS; hops++) {
    if (!isCanceled(first)) break;
    first = readField(first, 'cause');
  }
  return first;
}

/** No other class has this code. */
function isCanceled(reason: unknown): boolean {
  return isRpcError(reason) && readField(reason, 'code') === 'ERR_CANCELED';
}

/** Anybody can make an object that looks like a CanceledError. */
function hopsOf(reason: unknown): readonly string[] {
  try {
    return [...(readField(reason, 'path') as readonly unknown[])].filter(
      (hop) => typeof hop === 'string',
    );
  } catch {
    return [];
  }
}
