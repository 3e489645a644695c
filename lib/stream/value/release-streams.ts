import type { Serializer } from '../../serializer/serializer.ts';
import { resultToTuple } from '../../verb/verb.ts';
import { releaseSource, holdError } from './item-producer.ts';
import { LocalValueStream } from './local-value-stream.ts';

/** Releases the streams in a result that nobody gets; see {@link releaseArguments}. */
export function releaseStreams(serializer: Serializer, result: unknown): void {
  if (typeof result !== 'object' || result === null) return;
  releaseArguments(serializer, resultToTuple(serializer, result));
}

/** Releases the streams in values that are not sent: there is no one else who could. Never throws. */
export function releaseArguments(serializer: Serializer, tuple: unknown[]): void {
  forEachStream(serializer, tuple, (stream) => {
    if (stream instanceof LocalValueStream) stream.release();
    else releaseSource(stream);
  });
}

/** Lets the streams in values that wait to be sent keep an error for their reader; see {@link holdError}. Never throws. */
export function holdErrors(serializer: Serializer, tuple: unknown[]): void {
  forEachStream(serializer, tuple, holdError);
}

function forEachStream(
  serializer: Serializer,
  tuple: unknown[],
  act: (stream: object) => void,
): void {
  for (const stream of serializer.streamsIn?.(tuple) ?? []) {
    try {
      act(stream);
    } catch {
      // The user's own code: the other streams have nothing to do with it.
    }
  }
}
