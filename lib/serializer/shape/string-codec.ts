import type { ByteWriter } from '../../base/byte-writer.ts';
import { readI32, writeU32 } from '../../base/int32.ts';
import { STRING } from '../bson/element-types.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import { isWellFormed, MAX_BYTES_PER_UNIT, readUtf8, writeUtf8 } from '../utf8.ts';
import type { Codec } from './codec.ts';
import { beginFixed, beginValue } from './head.ts';
import type { ShapeCursor } from './shape-cursor.ts';

/**
 * Longer text is encoded on its own. Otherwise a reservation of three bytes for each unit could
 * leave up to about three eighths of a slab unused.
 */
const MAX_DIRECT_UNITS = 4_096;

const LONE_SURROGATE = 'the string has a lone surrogate';

class StringCodec implements Codec<string> {
  readonly name: string = 'string';
  readonly hasStreams: boolean = false;

  write(value: string, headBytes: number, out: ByteWriter): void {
    if (typeof value !== 'string') {
      throw new Misfit(`string takes a string, got ${typeName(value)}`);
    }
    if (value.length > MAX_DIRECT_UNITS) {
      putLong(value, headBytes, out);
      return;
    }
    const lengthAt = beginValue(out, STRING, headBytes, 5 + value.length * MAX_BYTES_PER_UNIT);
    const { buffer } = out;
    const byteLength = writeUtf8(value, buffer, lengthAt + 4);
    if (byteLength < 0) throw new Misfit(LONE_SURROGATE);
    const end = lengthAt + 4 + byteLength;
    writeU32(buffer, lengthAt, byteLength + 1);
    buffer[end] = 0;
    out.offset = end + 1;
  }

  read(cursor: ShapeCursor, type: number): string {
    if (type !== STRING) cursor.refuseType('string', type);
    const { bytes, at, last } = cursor;
    const start = at + 4;
    const end = start + readI32(bytes, at) - 1;
    // All possible errors in one condition. Correct texts do not need to know which of them it is.
    if (end < start || end >= last || bytes[end] !== 0) this.#refuse(cursor);
    cursor.at = end + 1;
    const text = readUtf8(bytes, start, end);
    return text === undefined ? cursor.refuse('the string is not valid UTF-8') : text;
  }

  #refuse(cursor: ShapeCursor): never {
    cursor.takeLength(1, 'a string');
    return cursor.refuse('the string has no terminator');
  }
}

/** Text. Lone surrogates, which UTF-8 can't carry, are refused when writing, invalid UTF-8 when reading. */
export const stringCodec: Codec<string> = new StringCodec();

function putLong(text: string, headBytes: number, out: ByteWriter): void {
  if (!isWellFormed(text)) throw new Misfit(LONE_SURROGATE);
  const bytes = Buffer.from(text, 'utf8');
  const at = beginFixed(out, STRING, headBytes);
  writeU32(out.buffer, at, bytes.length + 1);
  out.offset = at + 4;
  out.append(bytes);
  out.reserve(1);
  out.buffer[out.offset++] = 0;
}
