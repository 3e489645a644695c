import { Misfit } from '../misfit.ts';
import { BigIntCodec } from '../shape/bigint-codec.ts';
import { typeName } from '../type-name.ts';
import type { ValueType } from './value-type.ts';

function assertBigInt(value: unknown, name: string, min: bigint, max: bigint): void {
  if (typeof value !== 'bigint') {
    throw new Misfit(`${name} takes a bigint, got ${typeName(value)}`);
  }
  if (value < min || value > max) {
    throw new Misfit(`${name} takes a bigint from ${min} to ${max}, got ${value}`);
  }
}

/** A signed 64-bit integer, a bigint in JavaScript. */
export const i64: ValueType<bigint> = Object.freeze<ValueType<bigint>>({
  name: 'i64',
  minBytes: 8,
  bson: new BigIntCodec('i64', -0x8000_0000_0000_0000n),
  write(value, out) {
    assertBigInt(value, 'i64', -0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn);
    out.reserve(8);
    out.offset = out.buffer.writeBigInt64LE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readBigInt64LE(cursor.take(8, 'i64')),
});

/**
 * An unsigned 64-bit integer, a bigint in JavaScript. BSON has no such type; within a declared
 * record values go up to 2^63-1.
 */
export const u64: ValueType<bigint> = Object.freeze<ValueType<bigint>>({
  name: 'u64',
  minBytes: 8,
  bson: new BigIntCodec('u64', 0n),
  write(value, out) {
    assertBigInt(value, 'u64', 0n, 0xffff_ffff_ffff_ffffn);
    out.reserve(8);
    out.offset = out.buffer.writeBigUInt64LE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readBigUInt64LE(cursor.take(8, 'u64')),
});
