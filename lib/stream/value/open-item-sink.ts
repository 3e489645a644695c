import { UnsupportedError } from '../../errors/errors.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { Environment } from '../../settings/environment.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { AcknowledgedSink } from './acknowledged-sink.ts';
import type { ItemSink } from './item-sink.ts';
import type { KeptMemory } from '../resume/kept-memory.ts';
import type { ProducedHooks } from './produced-hooks.ts';
import type { RealTimeStream } from './real-time-setup.ts';
import { RealTimeSink } from './real-time-sink.ts';
import { RetainedSink } from './retained-sink.ts';
import { SegmentSink } from './segment-sink.ts';

/** The surroundings of a stream that is sent. */
interface ItemSinkSetup {
  readonly environment: Environment;
  readonly handles: StreamHandles;
  readonly hooks: Pick<ProducedHooks, 'realTime' | 'resumable' | 'run' | 'onUnacknowledged'>;
  readonly stream: RealTimeStream;
  /** Counts what the streams of the session keep. */
  readonly memory: KeptMemory;
}

/**
 * Opens the sending side of a stream on its first lane.
 *
 * @throws UnsupportedError for a resumable or real-time stream on a connection where none can be.
 */
export function openItemSink(
  segment: SinkSegment,
  setup: ItemSinkSetup,
  serializer: Serializer,
): ItemSink {
  const { environment, handles, hooks, memory } = setup;
  const { realTime, resumable, onUnacknowledged } = hooks;
  if (segment.canResume) {
    if (realTime !== undefined) return openRealTime(segment, setup, serializer);
    if (resumable === undefined) return new SegmentSink(segment, serializer, handles);
    const terms = onUnacknowledged ? { ...resumable, onUnacknowledged } : resumable;
    const sink = new RetainedSink(environment, serializer, handles, terms, memory);
    sink.start(segment);
    return sink;
  }
  if (realTime?.isOptional === false) throw new UnsupportedError('a real-time stream', 3);
  if (resumable?.isOptional === false) throw new UnsupportedError('a resumable stream', 3);
  return new SegmentSink(segment, serializer, handles);
}

/** The sink, if the consumer of its stream tells how far it has come; undefined for any other. */
export function acknowledgedOf(sink: ItemSink): AcknowledgedSink | undefined {
  return sink instanceof RetainedSink || sink instanceof RealTimeSink ? sink : undefined;
}

function openRealTime(
  segment: SinkSegment,
  { environment, handles, hooks, stream }: ItemSinkSetup,
  serializer: Serializer,
): RealTimeSink {
  const { realTime, resumable, run } = hooks;
  const canResume = resumable !== undefined;
  const isManual = resumable?.isManual === true;
  // Set: it is a real-time stream.
  const { canSkipTo } = realTime!;
  const setup = { serializer, handles, canSkipTo, canResume, isManual, run, listener: resumable };
  const sink = new RealTimeSink(environment, setup, stream);
  sink.start(segment);
  return sink;
}
