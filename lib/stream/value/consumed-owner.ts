import type { Environment } from '../../settings/environment.ts';
import type { StreamHandles } from '../../serializer/serializer.ts';
import type { Leaks } from '../half/leaks.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import type { ResumedReadings } from './resumed-readings.ts';
import type { StallWatch } from './stall-watch.ts';

/** The connection that consumed streams belong to. */
export interface ConsumedOwner {
  readonly environment: Environment;
  readonly leaks: Leaks;
  /** Handles of the streams in its items. */
  readonly itemHandles: StreamHandles;
  /** Watches the streams that are open. */
  readonly stalls: Pick<StallWatch, 'watch' | 'unwatch'>;
  /** Keeps the streams going that can be resumed. */
  readonly readings: Pick<ResumedReadings, 'add'>;
  /** Opens the stream: a segment of a lane, with the producer at the other end. */
  open(number: number): SourceSegment | Promise<SourceSegment>;
  /** The stream was never opened and will not be: the producer may release it. */
  release(number: number, reason: unknown): void;
  /** The stream is over; or it is open, and the lane keeps it. */
  remove(consumed: { readonly number: number }): void;
}
