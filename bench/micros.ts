import { bsonCodecMicros } from './micro/bson-codec.ts';
import { byteQueueMicros } from './micro/byte-queue.ts';
import { callTableMicros } from './micro/call-table.ts';
import { frameWriterMicros } from './micro/frame-writer.ts';
import { negotiationFrameMicros } from './micro/negotiation-frame.ts';
import { packedCodecMicros } from './micro/packed-codec.ts';
import { streamFrameMicros } from './micro/stream-frame.ts';
import type { Micro } from './support/micro.ts';

/** Everything that is measured within one process, in this order. */
export const MICROS: readonly Micro[] = [
  ...streamFrameMicros,
  ...byteQueueMicros,
  ...frameWriterMicros,
  ...callTableMicros,
  ...bsonCodecMicros,
  ...packedCodecMicros,
  ...negotiationFrameMicros,
];
