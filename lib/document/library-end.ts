import { CanceledError, StreamNotFoundError, TimeoutError } from '../errors/errors.ts';
import { hasField } from '../errors/foreign.ts';

/** Errors with which this library ends a stream, in place of its producer. */
const LIBRARY_END = Symbol('sluice.libraryEnd');

/**
 * Marks an error with which this library ends a stream that it sends: the call is over, or there is
 * no such stream. A producer may throw an error that looks the same, of a call of its own.
 */
export function markLibraryEnd<E extends Error>(error: E): E {
  return Object.defineProperty(error, LIBRARY_END, { value: true });
}

/** Whether {@link markLibraryEnd} has marked the error. */
export function isLibraryEnd(error: unknown): boolean {
  return hasField(error, LIBRARY_END);
}

/**
 * The reader's error for one that the peer's library has marked, made of the fields that have come.
 * Undefined for a code that this version does not know.
 */
export function readLibraryEnd(error: Error): Error | undefined {
  const { code, path, limitMs, message, cause } = error as Error &
    Partial<Record<'code' | 'path' | 'limitMs', unknown>>;
  if (code === 'ERR_CANCELED') return new CanceledError('call', cause, 'remote', hopsOf(path));
  if (code === 'ERR_STREAM_NOT_FOUND') return new StreamNotFoundError(message, 'remote');
  if (code !== 'ERR_TIMEOUT' || typeof limitMs !== 'number') return undefined;
  return new TimeoutError('the call', limitMs, 'call');
}

function hopsOf(path: unknown): string[] {
  return Array.isArray(path) ? path.filter((hop) => typeof hop === 'string') : [];
}
