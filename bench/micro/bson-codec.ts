// What do the checks around js-bson cost for a record of about 100 bytes, and what does a declared
// shape gain?

import { deserialize, serialize } from 'bson';

import { ByteWriter } from '../../lib/base/byte-writer.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import { bson } from '../../lib/serializer/bson/bson.ts';
import type { Serializer } from '../../lib/serializer/serializer.ts';
import { NO_HANDLES } from '../../lib/serializer/no-handles.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';
import { BENCH_RECORD } from '../sluice/bench-record.ts';
import { type BenchRecord, makeRecords } from '../support/records.ts';

const records = makeRecords();
const documents = records.map((record) => Buffer.from(serialize({ 0: record })));
const out = new ByteWriter(new SlabPool());
const totalBytes = documents.reduce((sum, document) => sum + document.length, 0);
const lastKey = records.at(-1)?.key;

/** The floor is js-bson by itself. */
export const bsonCodecMicros: readonly Micro[] = [
  ...codecMicros('micro.bson', bson),
  ...codecMicros('micro.bson-shape', BENCH_RECORD),
];

function codecMicros(name: string, serializer: Serializer<[BenchRecord]>): Micro[] {
  return [
    {
      name: `${name}.encode`,
      operations: records.length,
      floor: () => {
        let bytes = 0;
        for (const record of records) bytes += serialize({ 0: record }).length;
        expectEqual(bytes, totalBytes);
      },
      sluice: () => {
        for (const record of records) serializer.encode([record], out, NO_HANDLES);
        expectEqual(out.byteLength, totalBytes);
        out.takeSegments();
        out.release();
      },
    },
    {
      name: `${name}.decode`,
      operations: records.length,
      floor: () => {
        let last: BenchRecord | undefined;
        for (const document of documents) last = deserialize(document)['0'] as BenchRecord;
        expectEqual(last?.key, lastKey);
      },
      sluice: () => {
        let last: BenchRecord | undefined;
        for (const document of documents) [last] = serializer.decode(document, NO_HANDLES);
        expectEqual(last?.key, lastKey);
      },
    },
  ];
}
