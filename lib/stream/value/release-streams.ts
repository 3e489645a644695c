import { StreamSearch } from '../../serializer/bson/stream-search.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import { resultToTuple } from '../../verb/verb.ts';
import { unsent } from '../half/named-stream.ts';
import { releaseSource, holdError } from './item-producer.ts';
import { isClaimed } from './one-shot.ts';
import { LocalValueStream } from './local-value-stream.ts';

/** Releases the streams in a result that is not sent; see {@link releaseArguments}. */
export function releaseStreams(serializer: Serializer, result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  releaseArguments(serializer, resultToTuple(serializer, result));
}

/** Releases the streams in values that are not sent. One that is used elsewhere goes on. Never throws. */
export function releaseArguments(serializer: Serializer, tuple: unknown[]): void {
  releaseAll(streamsIn(serializer, tuple));
}

/** The same for a value that never comes to a serializer. */
export function releaseValue(value: unknown): void {
  const search = new StreamSearch();
  search.value(value);
  releaseAll(search.found);
}

/**
 * Makes streams in values that wait to be sent keep an error for their reader; see
 * {@link holdError}. Returns whether there are any. Never throws.
 */
export function holdErrors(serializer: Serializer, tuple: unknown[]): boolean {
  return forEach(streamsIn(serializer, tuple), holdError);
}

/** A serializer may be the user's. */
function streamsIn(serializer: Serializer, tuple: unknown[]): readonly object[] {
  try {
    return serializer.streamsIn?.(tuple) ?? [];
  } catch {
    return [];
  }
}

function releaseAll(streams: readonly object[]): void {
  if (streams.length === 0) return;
  const cause = unsent();
  forEach(streams, (stream) => {
    if (stream instanceof LocalValueStream) stream.release(cause);
    else if (!isClaimed(stream)) releaseSource(stream);
  });
}

/** Returns whether there are any. */
function forEach(streams: readonly object[], act: (stream: object) => void): boolean {
  for (const stream of streams) {
    try {
      act(stream);
    } catch {
      // An error of the user's own code does not concern the other streams.
    }
  }
  return streams.length > 0;
}
