import { Misfit } from '../misfit.ts';
import { NumberCodec } from '../shape/number-codec.ts';
import { typeName } from '../type-name.ts';
import type { Member } from '../packed/member.ts';
import type { ValueType } from './value-type.ts';

function assertNumber(value: unknown, name: string): asserts value is number {
  if (typeof value !== 'number') throw new Misfit(`${name} takes a number, got ${typeName(value)}`);
}

/**
 * A 32-bit float: values are rounded to its precision. NaN and infinities are kept. BSON has no
 * such type.
 */
export const f32: Member<number> = Object.freeze<Member<number>>({
  name: 'f32',
  minBytes: 4,
  write(value, out) {
    assertNumber(value, 'f32');
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) {
      throw new Misfit(`${value} is out of the range of f32`);
    }
    out.reserve(4);
    out.offset = out.buffer.writeFloatLE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readFloatLE(cursor.take(4, 'f32')),
});

/** A 64-bit float: any JavaScript number. */
export const f64: ValueType<number> = Object.freeze<ValueType<number>>({
  name: 'f64',
  minBytes: 8,
  bson: new NumberCodec('f64'),
  write(value, out) {
    assertNumber(value, 'f64');
    out.reserve(8);
    out.offset = out.buffer.writeDoubleLE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readDoubleLE(cursor.take(8, 'f64')),
});
