import { Misfit } from '../misfit.ts';
import { IntegerCodec } from '../shape/number-codec.ts';
import { typeName } from '../type-name.ts';
import type { ValueType } from './value-type.ts';

/** Throws unless the value is an integer in [min, max]. The error tells the value or its type. */
function assertInteger(value: unknown, name: string, min: number, max: number): void {
  if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return;
  const shown = typeof value === 'number' ? String(value) : typeName(value);
  throw new Misfit(`${name} takes an integer from ${min} to ${max}, got ${shown}`);
}

/** A signed byte. */
export const i8: ValueType<number> = Object.freeze<ValueType<number>>({
  name: 'i8',
  minBytes: 1,
  bson: new IntegerCodec('i8', -0x80, 0x7f),
  write(value, out) {
    assertInteger(value, 'i8', -0x80, 0x7f);
    out.reserve(1);
    out.offset = out.buffer.writeInt8(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readInt8(cursor.take(1, 'i8')),
});

/** An unsigned byte. */
export const u8: ValueType<number> = Object.freeze<ValueType<number>>({
  name: 'u8',
  minBytes: 1,
  bson: new IntegerCodec('u8', 0, 0xff),
  write(value, out) {
    assertInteger(value, 'u8', 0, 0xff);
    out.reserve(1);
    out.offset = out.buffer.writeUInt8(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readUInt8(cursor.take(1, 'u8')),
});

/** A signed 16-bit integer. */
export const i16: ValueType<number> = Object.freeze<ValueType<number>>({
  name: 'i16',
  minBytes: 2,
  bson: new IntegerCodec('i16', -0x8000, 0x7fff),
  write(value, out) {
    assertInteger(value, 'i16', -0x8000, 0x7fff);
    out.reserve(2);
    out.offset = out.buffer.writeInt16LE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readInt16LE(cursor.take(2, 'i16')),
});

/** An unsigned 16-bit integer. */
export const u16: ValueType<number> = Object.freeze<ValueType<number>>({
  name: 'u16',
  minBytes: 2,
  bson: new IntegerCodec('u16', 0, 0xffff),
  write(value, out) {
    assertInteger(value, 'u16', 0, 0xffff);
    out.reserve(2);
    out.offset = out.buffer.writeUInt16LE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readUInt16LE(cursor.take(2, 'u16')),
});

/** A signed 32-bit integer. */
export const i32: ValueType<number> = Object.freeze<ValueType<number>>({
  name: 'i32',
  minBytes: 4,
  bson: new IntegerCodec('i32', -0x8000_0000, 0x7fff_ffff),
  write(value, out) {
    assertInteger(value, 'i32', -0x8000_0000, 0x7fff_ffff);
    out.reserve(4);
    out.offset = out.buffer.writeInt32LE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readInt32LE(cursor.take(4, 'i32')),
});

/** An unsigned 32-bit integer. */
export const u32: ValueType<number> = Object.freeze<ValueType<number>>({
  name: 'u32',
  minBytes: 4,
  bson: new IntegerCodec('u32', 0, 0xffff_ffff),
  write(value, out) {
    assertInteger(value, 'u32', 0, 0xffff_ffff);
    out.reserve(4);
    out.offset = out.buffer.writeUInt32LE(value, out.offset);
  },
  read: (cursor) => cursor.bytes.readUInt32LE(cursor.take(4, 'u32')),
});
