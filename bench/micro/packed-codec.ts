// What does describing a layout by values cost, beside code that was written for it by hand?

import { ByteWriter } from '../../lib/base/byte-writer.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import { i32, packed, string } from '../../lib/layout.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import { NO_HANDLES } from '../../lib/serializer/no-handles.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';
import { makeRecords } from '../support/records.ts';

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
];

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
