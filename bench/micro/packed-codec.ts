// What does describing a layout by values cost, beside code that was written for it by hand?

import { ByteWriter } from '../../lib/base/byte-writer.ts';
import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import type { TakeWhole } from '../../lib/base/take-whole.ts';
import { bytes, i32, packed, string } from '../../lib/layout.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import { NO_HANDLES } from '../../lib/serializer/no-handles.ts';
import { MessageReading } from '../../lib/stream/half/message-reading.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';
import { makeRecords } from '../support/records.ts';

const BATCH_BYTES = 64;
const BATCH_MESSAGES = 900;

type Tuple = [number, string, string];

const tuples = makeRecords().map(({ seq, key, value }): Tuple => [seq, key, value]);
const codec: Serializer<Tuple> = packed(i32, string, string);
const out = new ByteWriter(new SlabPool());
const slab = Buffer.allocUnsafeSlow(262_144);
const encoded = tuples.map((tuple) => Buffer.from(slab.subarray(0, encodeByHand(tuple, 0))));
const totalBytes = encoded.reduce((sum, bytes) => sum + bytes.length, 0);
const totalSeq = tuples.reduce((sum, [seq]) => sum + seq, 0);

/** i32, and two strings behind their u32 lengths. */
export const packedCodecMicros: readonly Micro[] = [
  {
    name: 'micro.packed.encode',
    operations: tuples.length,
    floor: () => {
      let at = 0;
      for (const tuple of tuples) at = encodeByHand(tuple, at);
      expectEqual(at, totalBytes);
    },
    sluice: () => {
      for (const tuple of tuples) codec.encode(tuple, out, NO_HANDLES);
      expectEqual(out.byteLength, totalBytes);
      out.takeSegments();
      out.release();
    },
  },
  {
    name: 'micro.packed.decode',
    operations: tuples.length,
    floor: () => {
      let sum = 0;
      for (const bytes of encoded) sum += decodeByHand(bytes)[0];
      expectEqual(sum, totalSeq);
    },
    sluice: () => {
      let sum = 0;
      for (const bytes of encoded) sum += codec.decode(bytes, NO_HANDLES)[0];
      expectEqual(sum, totalSeq);
    },
  },
  batchMicro(),
];

/** One member of bytes, in messages that lie behind one another as they came. */
function batchMicro(): Micro {
  const one = packed(bytes);
  const frame = Buffer.alloc(8 + BATCH_BYTES, 1);
  frame.writeUInt32LE(4 + BATCH_BYTES, 0);
  frame.writeUInt32LE(BATCH_BYTES, 4);
  const chunk = Buffer.concat(Array.from({ length: BATCH_MESSAGES }, () => frame));
  const carrier = { resumption: undefined, takeWhole };
  const queue = new ByteQueue();
  function takeWhole<M>(into: M[], take: TakeWhole<M>): void {
    take(queue, 1_024, into);
  }
  const reading = new MessageReading<[Uint8Array]>(
    carrier,
    one,
    NO_HANDLES,
    (error) => error as Error,
  );
  reading.decode(frame.subarray(4));
  const sumOf = (batch: readonly [Uint8Array][]): number =>
    batch.reduce((sum, [view]) => sum + (view[0] ?? 0), 0);
  return {
    name: 'micro.packed.batch',
    operations: BATCH_MESSAGES,
    floor: () => {
      const batch: [Uint8Array][] = [];
      for (let at = 0; at < chunk.length; at += frame.length) {
        batch.push([chunk.subarray(at + 8, at + frame.length)]);
      }
      expectEqual(sumOf(batch), BATCH_MESSAGES);
    },
    sluice: () => {
      const batch: [Uint8Array][] = [];
      queue.append(chunk);
      reading.readAll(batch);
      expectEqual(sumOf(batch), BATCH_MESSAGES);
    },
  };
}

function encodeByHand([seq, key, value]: Tuple, at: number): number {
  slab.writeInt32LE(seq, at);
  return writeString(value, writeString(key, at + 4));
}

function writeString(text: string, at: number): number {
  const bytes = slab.write(text, at + 4);
  slab.writeUInt32LE(bytes, at);
  return at + 4 + bytes;
}

function decodeByHand(bytes: Buffer): Tuple {
  const keyEnd = 8 + bytes.readUInt32LE(4);
  const valueEnd = keyEnd + 4 + bytes.readUInt32LE(keyEnd);
  return [
    bytes.readInt32LE(0),
    bytes.toString('utf8', 8, keyEnd),
    bytes.toString('utf8', keyEnd + 4, valueEnd),
  ];
}
