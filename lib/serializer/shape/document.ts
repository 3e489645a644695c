import type { ByteWriter } from '../../base/byte-writer.ts';
import { writeU32 } from '../../base/int32.ts';
import { beginFixed } from './head.ts';

/** Begins a document or an array as an element and returns the place of its length. */
export function beginDocument(out: ByteWriter, type: number, headBytes: number): number {
  const lengthAt = beginFixed(out, type, headBytes);
  out.offset = lengthAt + 4;
  return lengthAt;
}

/**
 * Ends it, now that the length is known.
 *
 * @param buffer - the slab that was open where the document began; it may be full by now.
 * @param before - the value of `out.byteLength` behind the place of the length.
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
