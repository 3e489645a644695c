import type { RunInContext } from '../../base/async-context.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import type { CanSkipTo } from '../resume/unsent-items.ts';
import type { ProgressListener } from '../resume/producer-progress.ts';
import type { FedSink } from './real-time-feed.ts';

/** The stream that the items belong to. */
export interface RealTimeStream extends Pick<FedSink, 'roomForItem' | 'onItem'> {
  /** So many items were left out. */
  onSkipped(items: number): void;
  /** Items from this index on were sent and are lost: the next item has this index. */
  onRestart(index: number): void;
  /** An item can't be sent. The consumer is told. */
  onFailure(error: unknown): void;
}

/** The parts of a real-time stream. */
export interface RealTimeSetup {
  readonly serializer: Serializer;
  readonly handles: StreamHandles;
  readonly canSkipTo: CanSkipTo;
  readonly canResume: boolean;
  /** Whether the consumer's code is asked to acknowledge by itself. */
  readonly isManual: boolean;
  /** Learns of the progress; undefined for nobody. */
  readonly listener?: ProgressListener | undefined;
  /** Runs the user's code. */
  readonly run: RunInContext | undefined;
}
