import type { Clock } from '../base/clock.ts';
import { waitFor, type WaitSubject } from '../base/waiting.ts';
import type { ChildConnection } from '../stream/child/child-connection.ts';
import { StreamSink } from '../stream/user/stream-sink.ts';
import type { Sink, TupleSerializer, WaitOptions } from '../types/sink-source.ts';

const OPENING: WaitSubject = { what: 'opening the stream', scope: 'stream' };

/** Opens the connections of verbs' streams. */
export interface ChildOpener {
  /**
   * Opens a connection as soon as there is a main connection, unless one of the signals fires
   * first.
   */
  openChild(signals: readonly AbortSignal[]): Promise<ChildConnection>;
}

/** Opens a stream within bounds and returns its sink. A stream that opens too late is aborted. */
export async function openSink<T extends unknown[]>(
  opener: ChildOpener,
  serializer: TupleSerializer<T> | undefined,
  clock: Clock,
  bounds: WaitOptions,
): Promise<Sink<T>> {
  if (bounds.signal === undefined && bounds.timeoutMs === undefined) {
    return StreamSink.over<T>(await opener.openChild([]), serializer);
  }
  const giveUp = new AbortController();
  const child = opener.openChild([giveUp.signal]);
  try {
    const inTime = await waitFor(child, clock, bounds, OPENING);
    return StreamSink.over<T>(inTime, serializer);
  } catch (error) {
    giveUp.abort(error);
    child.then(
      (late) => late.abort(error, 'local'),
      () => {},
    );
    throw error;
  }
}
