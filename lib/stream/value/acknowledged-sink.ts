import type { ResumePoint } from '../../wire/resume-point.ts';
import type { SinkSegment } from '../lane/sink-segment.ts';
import type { SentPositions } from '../resume/sent-positions.ts';
import type { ItemSink } from './item-sink.ts';
import type { ProducerProgress } from '../resume/producer-progress.ts';

/** The sending side of a stream. Its consumer tells how far it has come. */
export interface AcknowledgedSink extends ItemSink {
  /** Whether the consumer can go on on another lane. */
  readonly canResume: boolean;
  /** How far the consumer has come. */
  readonly positions: Readonly<Pick<SentPositions, 'taken' | 'acknowledged' | 'isStale'>>;
  /** The same, for the user's code. */
  readonly progress: ProducerProgress;
  /** Items that were given to a lane. The consumer may have taken so many. */
  readonly sentItems: number;
  /** The consumer reads on this lane, from the first item that it has not taken. */
  start(segment: SinkSegment): void;
  /** The consumer goes on on this lane. */
  resume(segment: SinkSegment, point: ResumePoint): void;
  /** The consumer has come so far. */
  onAck(acknowledged: number, taken: number): void;
  /** The consumer has taken the end, and has acknowledged all. */
  onDone(): void;
  /** Nobody will read the stream any more. Returns the error that says so; undefined if it was over. */
  lose(cause: Error): Error | undefined;
}
