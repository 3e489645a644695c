import { isUint8Array } from 'node:util/types';

import type { ByteWriter } from '../../base/byte-writer.ts';
import { writeU32 } from '../../base/int32.ts';
import { BINARY, SUBTYPE_BYTES } from '../bson/element-types.ts';
import { areGone, GONE_BYTES } from '../gone-bytes.ts';
import { Misfit } from '../misfit.ts';
import { typeName } from '../type-name.ts';
import type { Codec } from './codec.ts';
import { beginFixed } from './head.ts';
import type { ShapeCursor } from './shape-cursor.ts';

const MAX_BYTES = 0x7fff_ffff;

class BytesCodec implements Codec<Uint8Array> {
  readonly name: string = 'bytes';
  readonly hasStreams: boolean = false;

  write(value: Uint8Array, headBytes: number, out: ByteWriter): void {
    if (!isUint8Array(value)) throw new Misfit(`bytes takes a Uint8Array, got ${typeName(value)}`);
    if (areGone(value)) throw new Misfit(GONE_BYTES);
    if (value.length > MAX_BYTES) throw new Misfit(`bytes holds up to ${MAX_BYTES} bytes`);
    putBinary(SUBTYPE_BYTES, value, headBytes, out);
  }

  read(cursor: ShapeCursor, type: number): Uint8Array {
    const start = takeBinary(cursor, type, SUBTYPE_BYTES, 'bytes');
    return cursor.bytes.subarray(start, cursor.at);
  }
}

/** Plain bytes. Large ones are written by reference; reading gives a view of the message. */
export const bytesCodec: Codec<Uint8Array> = new BytesCodec();

/** Appends a Binary of the given subtype. */
export function putBinary(
  subtype: number,
  content: Uint8Array,
  headBytes: number,
  out: ByteWriter,
): void {
  const at = beginFixed(out, BINARY, headBytes);
  writeU32(out.buffer, at, content.length);
  out.buffer[at + 4] = subtype;
  out.offset = at + 5;
  out.append(content);
}

/**
 * Takes a Binary of the given subtype and returns the offset of its content, which ends at the
 * cursor.
 */
export function takeBinary(
  cursor: ShapeCursor,
  type: number,
  subtype: number,
  name: string,
): number {
  if (type !== BINARY) cursor.refuseType(name, type);
  // The subtype stands behind the length. The length does not count it.
  const subtypeAt = cursor.at + 4;
  const length = cursor.takeLength(0, 'a binary');
  const found = cursor.bytes[subtypeAt];
  cursor.take(length + 1);
  if (found !== subtype) {
    cursor.refuse(`${name} was expected, got a binary of subtype 0x${found?.toString(16)}`);
  }
  return subtypeAt + 1;
}
