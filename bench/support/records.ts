import { Tally } from './tally.ts';

/** A record as back ends send them: 116 bytes of BSON. */
export interface BenchRecord {
  readonly seq: number;
  readonly key: string;
  readonly value: string;
}

const RING_LENGTH = 1_024;
const KEY_LENGTH = 16;
const VALUE_LENGTH = 64;

/** Records that are sent over and over, numbered by their place. */
export function makeRecords(): BenchRecord[] {
  return Array.from({ length: RING_LENGTH }, (_, seq) => ({
    seq,
    key: `key-${seq}`.padEnd(KEY_LENGTH, '-'),
    value: `value-${seq * 7}`.padEnd(VALUE_LENGTH, 'v'),
  }));
}

/** Whether a record came through unchanged. */
export function isSameRecord(record: BenchRecord, expected: BenchRecord): boolean {
  return (
    record.seq === expected.seq && record.key === expected.key && record.value === expected.value
  );
}

/** Checks that the records of {@link makeRecords} arrive whole and in order. */
export class RecordCheck {
  readonly tally: Tally = new Tally(RING_LENGTH);
  readonly #records = makeRecords();

  take(record: BenchRecord): void {
    const expected = this.#records[this.tally.next()];
    if (expected !== undefined && isSameRecord(record, expected)) return;
    throw new Error(`record ${record.seq} came in place of ${expected?.seq}`);
  }
}
