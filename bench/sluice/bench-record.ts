import { i32, record, type RecordType, string } from '../../lib/layout.ts';
import type { BenchRecord } from '../support/records.ts';

/** The shape of the records that are sent. */
export const BENCH_RECORD: RecordType<BenchRecord> = record({
  seq: i32,
  key: string,
  value: string,
});
