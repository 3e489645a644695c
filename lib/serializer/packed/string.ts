import type { ByteWriter } from '../../base/byte-writer.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import { isWellFormed, readUtf8 } from '../utf8.ts';
import type { Member } from './member.ts';

/** UTF-16 code units become at most three bytes each. */
const MAX_BYTES_PER_UNIT = 3;

/** Longer text is encoded on its own, so that a reservation wastes little of a slab. */
const MAX_DIRECT_UNITS = 4_096;

/** Up to here a loop writes ASCII sooner than a native call does. Measured. */
const SHORT_UNITS = 16;

/**
 * Text: u32 length in bytes, then UTF-8. Lone surrogates, which UTF-8 can't carry, are refused when
 * writing, invalid UTF-8 when reading.
 *
 * Source: Seastar's `sstring` as its test and demo serializers lay it out.
 */
export const string: Member<string> = Object.freeze<Member<string>>({
  name: 'string',
  minBytes: 4,
  write(value, out) {
    if (typeof value !== 'string') {
      throw new Misfit(`string takes a string, got ${typeName(value)}`);
    }
    if (!isWellFormed(value)) throw new Misfit('the string has a lone surrogate');
    if (value.length > MAX_DIRECT_UNITS) writeLong(value, out);
    else writeDirect(value, out);
  },
  read(cursor) {
    const byteLength = cursor.bytes.readUInt32LE(cursor.take(4, 'string'));
    const start = cursor.take(byteLength, 'string');
    const text = readUtf8(cursor.bytes, start, start + byteLength);
    if (text === undefined) throw new Misfit('the string is not valid UTF-8');
    return text;
  },
});

function writeLong(text: string, out: ByteWriter): void {
  const bytes = Buffer.from(text, 'utf8');
  out.reserve(4);
  out.offset = out.buffer.writeUInt32LE(bytes.length, out.offset);
  out.append(bytes);
}

function writeDirect(text: string, out: ByteWriter): void {
  out.reserve(4 + text.length * MAX_BYTES_PER_UNIT);
  const start = out.offset + 4;
  const byteLength = writeShortAscii(text, out.buffer, start)
    ? text.length
    : out.buffer.write(text, start, 'utf8');
  out.buffer.writeUInt32LE(byteLength, out.offset);
  out.offset = start + byteLength;
}

/** False if the text is long or not ASCII; what was written is then to be overwritten. */
function writeShortAscii(text: string, buffer: Buffer, start: number): boolean {
  if (text.length > SHORT_UNITS) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return false;
    buffer[start + i] = unit;
  }
  return true;
}
