import fc from 'fast-check';

import { array } from '../../../lib/serializer/types/array.ts';
import { bool } from '../../../lib/serializer/types/bool.ts';
import { bytes } from '../../../lib/serializer/types/bytes.ts';
import { f32, f64 } from '../../../lib/serializer/types/floats.ts';
import { i64, u64 } from '../../../lib/serializer/types/int64.ts';
import { i16, i32, i8, u16, u32, u8 } from '../../../lib/serializer/types/integers.ts';
import { map } from '../../../lib/serializer/types/map.ts';
import type { Member } from '../../../lib/serializer/packed/member.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { tuple } from '../../../lib/serializer/types/tuple.ts';

/** A member and a generator of its values. */
interface Kind {
  readonly member: Member<unknown>;
  readonly value: fc.Arbitrary<unknown>;
}

const text = fc.string({ unit: 'grapheme', maxLength: 30 });

const PLAIN: readonly Kind[] = [
  { member: i8, value: fc.integer({ min: -128, max: 127 }) },
  { member: u8, value: fc.integer({ min: 0, max: 255 }) },
  { member: i16, value: fc.integer({ min: -32768, max: 32767 }) },
  { member: u16, value: fc.integer({ min: 0, max: 65535 }) },
  { member: i32, value: fc.integer() },
  { member: u32, value: fc.integer({ min: 0, max: 0xffff_ffff }) },
  { member: i64, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { member: u64, value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  { member: f32, value: fc.float() },
  { member: f64, value: fc.double() },
  { member: bool, value: fc.boolean() },
  { member: string, value: text },
  { member: bytes, value: fc.uint8Array({ maxLength: 30 }).map((array) => Buffer.from(array)) },
];

const plain = fc.constantFrom(...PLAIN);

/** Deep equality tells keys of NaN and -0 apart in its own way; those of maps are texts. */
function container(inner: fc.Arbitrary<Kind>): fc.Arbitrary<Kind> {
  return fc.oneof(
    inner.map(({ member, value }) => ({
      member: array(member),
      value: fc.array(value, { maxLength: 5 }),
    })),
    inner.map(({ member, value }) => ({
      member: map(string, member),
      value: fc.array(fc.tuple(text, value), { maxLength: 5 }).map((pairs) => new Map(pairs)),
    })),
    fc.tuple(inner, inner).map(([a, b]) => ({
      member: tuple(a.member, b.member),
      value: fc.tuple(a.value, b.value),
    })),
  );
}

const kind = fc.oneof(plain, container(plain), container(container(plain)));

/** A list of members and a value for each. */
export function anyMembers(): fc.Arbitrary<{ members: Member<unknown>[]; values: unknown[] }> {
  return fc.array(kind, { maxLength: 5 }).chain((kinds) =>
    fc.tuple(...kinds.map(({ value }) => value)).map((values) => ({
      members: kinds.map(({ member }) => member),
      values,
    })),
  );
}
