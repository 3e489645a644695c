import type { ByteWriter } from '../../base/byte-writer.ts';
import { writeU32 } from '../../base/int32.ts';
import { beginFixed } from './head.ts';

/** Begins a document or an array as an element and returns where its length goes. */
export function beginDocument(out: ByteWriter, type: number, headBytes: number): number {
  const lengthAt = beginFixed(out, type, headBytes);
  out.offset = lengthAt + 4;
  return lengthAt;
}

/**
 * Ends it, now that the length is known.
 *
 * @param buffer - the slab that was open where the document began; what follows may have filled it.
 * @param before - what `out.byteLength` was behind the place of the length.
 */
export function endDocument(
  out: ByteWriter,
  buffer: Buffer,
  lengthAt: number,
  before: number,
): void {
  out.reserve(1);
  out.buffer[out.offset++] = 0;
  writeU32(buffer, lengthAt, out.byteLength - before + 4);
}
