import { writeU32 } from '../../base/int32.ts';
import type { ByteWriter } from '../../base/byte-writer.ts';
import { Misfit } from '../misfit.ts';
import { stringCodec } from '../shape/string-codec.ts';
import { typeName } from '../type-name.ts';
import { isWellFormed, MAX_BYTES_PER_UNIT, readUtf8, writeUtf8 } from '../utf8.ts';
import type { ValueType } from './value-type.ts';

/**
 * Longer text is encoded on its own. Otherwise a reservation of three bytes for each unit could
 * leave up to about three eighths of a slab unused.
 */
const MAX_DIRECT_UNITS = 4_096;

const LONE_SURROGATE = 'the string has a lone surrogate';

/**
 * Text: u32 length in bytes, then UTF-8. Lone surrogates, which UTF-8 can't carry, are refused when
 * writing, invalid UTF-8 when reading.
 *
 * Source: Seastar's `sstring`, in the layout of its test and demo serializers.
 */
export const string: ValueType<string> = Object.freeze<ValueType<string>>({
  name: 'string',
  minBytes: 4,
  bson: stringCodec,
  write(value, out) {
    if (typeof value !== 'string') {
      throw new Misfit(`string takes a string, got ${typeName(value)}`);
    }
    if (value.length > MAX_DIRECT_UNITS) writeLong(value, out);
    else writeDirect(value, out);
  },
  read(cursor) {
    const byteLength = cursor.takeU32('string');
    const start = cursor.take(byteLength, 'string');
    const text = readUtf8(cursor.bytes, start, start + byteLength);
    if (text === undefined) throw new Misfit('the string is not valid UTF-8');
    return text;
  },
});

function writeLong(text: string, out: ByteWriter): void {
  if (!isWellFormed(text)) throw new Misfit(LONE_SURROGATE);
  const bytes = Buffer.from(text, 'utf8');
  out.reserve(4);
  out.offset = out.buffer.writeUInt32LE(bytes.length, out.offset);
  out.append(bytes);
}

function writeDirect(text: string, out: ByteWriter): void {
  out.reserve(4 + text.length * MAX_BYTES_PER_UNIT);
  const start = out.offset + 4;
  const byteLength = writeUtf8(text, out.buffer, start);
  if (byteLength < 0) throw new Misfit(LONE_SURROGATE);
  writeU32(out.buffer, out.offset, byteLength);
  out.offset = start + byteLength;
}
