/**
 * The types that `record` and `shaped` infer. Compiled only; nothing here runs.
 */

import type { ObjectId } from 'bson';

import {
  any,
  array,
  bool,
  bytes,
  createShaped,
  date,
  f32,
  f64,
  type FieldType,
  i32,
  i64,
  map,
  nullable,
  objectId,
  optional,
  packed,
  record,
  type RecordType,
  type Serializer,
  shaped,
  sinkOf,
  sourceOf,
  string,
  type TupleSerializer,
  tuple,
} from '../../lib/layout.ts';
import type { CallerArguments } from '../../lib/types.ts';
import { type Sink, type Source, verb, type Verb } from '../../lib/index.ts';

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_equal: Equal<A, B>): void {}

const row = record({ seq: i32, key: string, value: optional(bytes) });
interface Row {
  seq: number;
  key: string;
  value?: Uint8Array | undefined;
}
declare const rowSerializer: Serializer<[Row]>;
const asSerializer: TupleSerializer<[Row]> = row;
const asType: FieldType<Row> = row;
void [rowSerializer, asSerializer, asType];

const all = record({
  int: i64,
  double: f64,
  flag: bool,
  when: date,
  id: objectId,
  whatever: any,
  perhaps: nullable(string),
  list: array(row),
  table: map(string, array(f64)),
  inner: record({ deep: optional(record({ x: i32 })) }),
  input: sourceOf(row),
  output: sinkOf(string, i32),
  maybe: optional(nullable(array(string))),
});
same<
  typeof all,
  RecordType<{
    int: bigint;
    double: number;
    flag: boolean;
    when: Date;
    id: ObjectId;
    whatever: unknown;
    perhaps: string | null;
    list: { seq: number; key: string; value?: Uint8Array | undefined }[];
    table: Map<string, number[]>;
    inner: { deep?: { x: number } | undefined };
    input: Source<[{ seq: number; key: string; value?: Uint8Array | undefined }]>;
    output: Sink<[string, number]>;
    maybe?: string[] | null | undefined;
  }>
>(true);

same<ReturnType<typeof record<Record<never, never>>>, RecordType<{}>>(true);

const pair = shaped(record({ a: i32 }), optional(string), optional(date));
same<typeof pair, Serializer<[{ a: number }, (string | undefined)?, (Date | undefined)?]>>(true);
const none = createShaped({ maxDepth: 3 })();
same<typeof none, Serializer<[]>>(true);

const put = verb(1, { args: row, result: record({ ok: bool }) });
const signature: Verb<(row: Row) => { ok: boolean }> = put;
void signature;

const feed = verb(2, { args: shaped(record({ rows: sourceOf(row) }), string) });
type FeedArguments =
  typeof feed extends Verb<infer F extends (...args: never[]) => unknown>
    ? CallerArguments<F>
    : never;
declare const sink: Sink<[Row]>;
const feedArguments: FeedArguments = [{ rows: sink }, 'x'];
void feedArguments;

// What packed layouts have beside it stays what it was.
const both = packed(array(i32), map(string, bool), optional(string));
same<typeof both, Serializer<[number[], Map<string, boolean>, (string | undefined)?]>>(true);

declare function send<T extends unknown[]>(serializer: TupleSerializer<T>, ...tuple: T): void;
send(row, { seq: 1, key: 'k' });
send(row, { seq: 1, key: 'k', value: undefined });
// @ts-expect-error -- a field is missing
send(row, { seq: 1 });
// @ts-expect-error -- a key is a string
send(row, { seq: 1, key: 1 });
// @ts-expect-error -- an i64 is a bigint
send(record({ n: i64 }), { n: 1 });
// @ts-expect-error -- BSON has no 32-bit floats
record({ n: f32 });
// @ts-expect-error -- nor packed tuples
record({ n: tuple(i32, i32) });
// @ts-expect-error -- nor Maps with other keys
record({ n: map(i32, i32) });
// @ts-expect-error -- packed layouts have no records
packed(row);
// @ts-expect-error -- nor dates
packed(date);
