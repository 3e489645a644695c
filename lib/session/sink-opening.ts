import type { Clock } from '../base/clock.ts';
import { waitFor, type WaitSubject } from '../base/waiting.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { OpenedStream } from '../call/client/child-dialer.ts';
import { DEFAULT_TERMS } from '../stream/resume/resumable-option.ts';
import type { ResumableTerms } from '../stream/resume/resumable-terms.ts';
import { StreamSink } from '../stream/user/stream-sink.ts';
import { VerbStream } from '../stream/verb/verb-stream.ts';
import type { Sink, WaitOptions } from '../types/sink-source.ts';
import type { TupleSerializer } from '../types/tuple-serializer.ts';

const OPENING: WaitSubject = { what: 'opening the stream', scope: 'stream' };

/** Opens the connections of verbs' streams. */
export interface ChildOpener {
  /**
   * Opens a connection as soon as there is a main connection, unless one of the signals fires
   * first.
   *
   * @param terms - of a resumable stream; undefined for a plain one.
   */
  openChild(
    signals: readonly AbortSignal[],
    terms: ResumableTerms | undefined,
  ): Promise<OpenedStream>;
}

/** The stream that is wanted. */
interface WantedStream<T extends unknown[]> {
  readonly serializer: TupleSerializer<T> | undefined;
  /** Of a resumable stream; undefined for a plain one. */
  readonly terms?: ResumableTerms | undefined;
}

/** Opens a stream within bounds and returns its sink. A stream that opens too late is aborted. */
export async function openSink<T extends unknown[]>(
  opener: ChildOpener,
  wanted: WantedStream<T>,
  clock: Clock,
  bounds: WaitOptions,
): Promise<Sink<T>> {
  const { terms } = wanted;
  if (bounds.signal === undefined && bounds.timeoutMs === undefined) {
    return sinkOf(await opener.openChild([], terms), wanted);
  }
  const giveUp = new AbortController();
  const child = opener.openChild([giveUp.signal], terms);
  try {
    return sinkOf(await waitFor(child, clock, bounds, OPENING), wanted);
  } catch (error) {
    giveUp.abort(error);
    child.then(
      (late) => late.abort(error, 'local'),
      () => {},
    );
    throw error;
  }
}

function sinkOf<T extends unknown[]>(
  child: OpenedStream,
  { serializer, terms }: WantedStream<T>,
): Sink<T> {
  if (!(child instanceof VerbStream)) return StreamSink.over<T>(child, serializer);
  // TupleSerializer is the public view of Serializer; there is no other implementation.
  return new StreamSink<T>(
    child.openSink(serializer as Serializer | undefined, terms ?? DEFAULT_TERMS),
  );
}
