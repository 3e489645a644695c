import type { RetainedFrame } from '../../wire/resumable-frame.ts';

/** How much a producer sends ahead of its consumer, and how the consumer is to acknowledge. */
export type RetainedWindow = Pick<
  RetainedFrame,
  'windowBytes' | 'windowItems' | 'ackPeriod' | 'isManual'
>;
