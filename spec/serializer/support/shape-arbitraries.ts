import { ObjectId } from 'bson';
import fc from 'fast-check';

import { array } from '../../../lib/serializer/types/array.ts';
import { bool } from '../../../lib/serializer/types/bool.ts';
import { bytes } from '../../../lib/serializer/types/bytes.ts';
import { f64 } from '../../../lib/serializer/types/floats.ts';
import { i64, u64 } from '../../../lib/serializer/types/int64.ts';
import { i16, i32, i8, u16, u32, u8 } from '../../../lib/serializer/types/integers.ts';
import { map } from '../../../lib/serializer/types/map.ts';
import { optional } from '../../../lib/serializer/types/optional.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { any } from '../../../lib/serializer/types/any.ts';
import { date } from '../../../lib/serializer/types/date.ts';
import type { FieldType } from '../../../lib/serializer/shape/field-type.ts';
import { nullable } from '../../../lib/serializer/types/nullable.ts';
import { objectId } from '../../../lib/serializer/types/object-id.ts';
import { record } from '../../../lib/serializer/types/record.ts';
import { anyBsonValue } from './bson-arbitraries.ts';

/** A type of fields and a generator of its values; undefined where it may be left out. */
export interface Shape {
  readonly type: FieldType<unknown>;
  readonly value: fc.Arbitrary<unknown>;
}

const text = fc.string({ unit: 'grapheme', maxLength: 40 });

const PLAIN: readonly Shape[] = [
  { type: i8, value: fc.integer({ min: -128, max: 127 }) },
  { type: u8, value: fc.integer({ min: 0, max: 255 }) },
  { type: i16, value: fc.integer({ min: -32768, max: 32767 }) },
  { type: u16, value: fc.integer({ min: 0, max: 65535 }) },
  { type: i32, value: fc.oneof(fc.integer(), fc.constant(-0)) },
  { type: u32, value: fc.integer({ min: 0, max: 0xffff_ffff }) },
  { type: i64, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: u64, value: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) },
  { type: f64, value: fc.oneof(fc.double(), fc.integer()) },
  { type: bool, value: fc.boolean() },
  { type: string, value: text },
  { type: bytes, value: fc.uint8Array({ maxLength: 30 }).map((content) => Buffer.from(content)) },
  { type: date, value: fc.date({ noInvalidDate: true }) },
  {
    type: objectId,
    value: fc.uint8Array({ minLength: 12, maxLength: 12 }).map((id) => new ObjectId(id)),
  },
  { type: any, value: anyBsonValue() },
];

const plain = fc.constantFrom(...PLAIN);

/** Names that no shape refuses; those of inherited methods among them, and none that objects reorder. */
const fieldName = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
    fc.constantFrom('constructor', 'toString', 'valueOf', 'a"]; throw 1; //', '\u2028', '${0}'),
  )
  .filter((name) => !/[\0$_]|^\d+$/.test(name) || name === '${0}');

function container(inner: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> {
  return fc.oneof(
    inner.map(({ type, value }) => ({
      type: array(type),
      value: fc.array(value, { maxLength: 12 }),
    })),
    inner.map(({ type, value }) => ({
      type: map(string, type),
      value: fc.array(fc.tuple(fieldName, value), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    })),
    inner.map(({ type, value }) => ({
      type: nullable(type),
      value: fc.oneof(fc.constant(null), value),
    })),
    recordOf(inner),
  );
}

function recordOf(inner: fc.Arbitrary<Shape>): fc.Arbitrary<Shape> {
  const field = fc.tuple(fieldName, inner, fc.boolean());
  return fc.uniqueArray(field, { maxLength: 5, selector: ([name]) => name }).map((fields) => {
    const types = fields.map(([name, { type }, isOptional]) => [
      name,
      isOptional ? optional(type) : type,
    ]);
    const values = fields.map(([name, { value }, isOptional]) => [
      name,
      isOptional ? fc.option(value, { nil: undefined }) : value,
    ]);
    const entries = fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, {
      noNullPrototype: true,
    });
    return {
      type: record(Object.fromEntries(types) as Record<string, FieldType<unknown>>),
      value: entries.map(withoutUndefined),
    };
  });
}

/** What is undefined would not come back, not even as that. */
function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

const nested = container(fc.oneof(plain, container(plain)));

/** A declared record, a few levels deep, and a value of it. */
export function anyRecord(): fc.Arbitrary<{ type: FieldType<unknown>; value: unknown }> {
  return recordOf(fc.oneof(plain, nested)).chain(({ type, value }) =>
    value.map((one) => ({ type, value: one })),
  );
}
