import type { RetainedFrame } from '../../wire/resumable-frame.ts';
import type { ProgressListener } from './producer-progress.ts';

/** How much a producer sends ahead of its consumer, and how the consumer is to acknowledge. */
export type RetainedWindow = Pick<
  RetainedFrame,
  'windowBytes' | 'windowItems' | 'ackPeriod' | 'isManual'
>;

/** How much of a stream is kept until the consumer has it. */
export interface ResumableTerms extends RetainedWindow, ProgressListener {
  /** Called when the window was full for long, and nothing was acknowledged. Default: nobody is told. */
  readonly onUnacknowledged?: (() => void) | undefined;
  /** Whether payloads are copied that would stay where they lie. */
  readonly copies: boolean;
  /** Whether the consumer gets checksums. */
  readonly hasSum: boolean;
  /** Whether the stream is a plain one where the consumer can't resume it. */
  readonly isOptional: boolean;
}
