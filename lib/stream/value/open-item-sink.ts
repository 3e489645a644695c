import { UnsupportedError } from '../../errors/errors.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { Environment } from '../../settings/environment.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { ItemSink } from './item-sink.ts';
import type { ResumableTerms } from './produced-hooks.ts';
import { RetainedSink } from './retained-sink.ts';
import { SegmentSink } from './segment-sink.ts';

/** The surroundings of a stream that is sent. */
interface ItemSinkSetup {
  readonly environment: Environment;
  readonly handles: StreamHandles;
  /** Undefined for a plain stream. */
  readonly terms: ResumableTerms | undefined;
}

/**
 * Opens the sending side of a stream on its first lane.
 *
 * @throws UnsupportedError for a resumable stream on a connection where none can be resumed.
 */
export function openItemSink(
  segment: SinkSegment,
  { environment, handles, terms }: ItemSinkSetup,
  serializer: Serializer,
): ItemSink {
  if (terms === undefined) return new SegmentSink(segment, serializer, handles);
  if (segment.canResume) {
    const sink = new RetainedSink(environment, serializer, handles, terms);
    sink.start(segment);
    return sink;
  }
  if (terms.isOptional) return new SegmentSink(segment, serializer, handles);
  throw new UnsupportedError('a resumable stream', 3);
}
