import type { Readable } from 'node:stream';
import { STREAM_HANDLE } from '../../types/stream-handle.ts';

/** The kinds of things that give items, as far as they are treated differently. */

export function isReadableStream(source: object): source is ReadableStream<unknown> {
  return 'getReader' in source && typeof source.getReader === 'function';
}

export function isReadable(source: object): source is Readable {
  return 'destroy' in source && typeof source.destroy === 'function' && 'readable' in source;
}

/** A stream that came from the other side of a connection. */
export function isFromElsewhere(source: object): source is { cancel(reason: unknown): void } {
  if (!isCancelable(source)) return false;
  const { '~stream': brand } = source as { readonly '~stream'?: unknown };
  return brand === 'remote' || brand === 'source';
}

export function isCancelable(source: object): source is { cancel(reason: unknown): void } {
  return STREAM_HANDLE in source && 'cancel' in source && typeof source.cancel === 'function';
}

/** Its own iterator, as generators are: what it has given it does not give again. */
export function isIterator(source: object): source is AsyncIterator<unknown> | Iterator<unknown> {
  return 'next' in source && typeof source.next === 'function';
}
