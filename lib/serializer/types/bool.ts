import { Misfit } from '../misfit.ts';
import { boolCodec } from '../shape/bool-codec.ts';
import { typeName } from '../type-name.ts';
import type { ValueType } from './value-type.ts';

/** One byte, 0 or 1. Any other byte is refused. */
export const bool: ValueType<boolean> = Object.freeze<ValueType<boolean>>({
  name: 'bool',
  minBytes: 1,
  bson: boolCodec,
  write(value, out) {
    if (typeof value !== 'boolean') {
      throw new Misfit(`bool takes a boolean, got ${typeName(value)}`);
    }
    out.reserve(1);
    out.offset = out.buffer.writeUInt8(value ? 1 : 0, out.offset);
  },
  read(cursor) {
    const byte = cursor.bytes.readUInt8(cursor.take(1, 'bool'));
    if (byte > 1) throw new Misfit(`a bool is 0 or 1, got ${byte}`);
    return byte === 1;
  },
});
