import type { ByteWriter } from '../../base/byte-writer.ts';

/** The bytes before a value: a place for its type, its key in UTF-8, a terminator. */
export type Head = Uint8Array;

const ZERO = 0x30;
const NINE = 0x39;

/** The head of an element with this key. */
export function headOf(key: string): Head {
  // Not a Buffer, so that all heads have one class where they are compared byte by byte.
  return Uint8Array.from([0, ...Buffer.from(key, 'utf8'), 0]);
}

/** The heads of an array's elements, one after the other. */
export class IndexHead {
  /** The head of the current element. It is changed in place. */
  head: Head = Uint8Array.of(0, ZERO, 0);

  /** Goes on to the next element. */
  advance(): void {
    const { head } = this;
    let at = head.length - 2;
    for (; at > 0 && head[at] === NINE; at--) head[at] = ZERO;
    if (at > 0) head[at] = (head[at] ?? ZERO) + 1;
    else this.head = Uint8Array.from([0, ZERO + 1, ...head.subarray(1)]);
  }
}

/** The widest value of a fixed width: an ObjectId. There is room for one behind every head. */
export const FIXED_BYTES = 12;

/**
 * Writes a head at the writer's position, and makes room for a value of a fixed width behind it.
 * The position stays before the head, and the type is still missing.
 *
 * @returns the bytes of the head.
 */
export function putHead(out: ByteWriter, head: Head): number {
  out.reserve(head.length + FIXED_BYTES);
  const { buffer, offset } = out;
  for (let i = 1; i < head.length; i++) buffer[offset + i] = head[i] ?? 0;
  return head.length;
}

/**
 * Puts the type into the head that was written, and returns the place of a value of a fixed width.
 */
export function beginFixed(out: ByteWriter, type: number, headBytes: number): number {
  const { buffer, offset } = out;
  buffer[offset] = type;
  return offset + headBytes;
}

/** The same for a value of any width; makes room for it. */
export function beginValue(
  out: ByteWriter,
  type: number,
  headBytes: number,
  valueBytes: number,
): number {
  const { buffer, offset } = out;
  buffer[offset] = type;
  if (offset + headBytes + valueBytes > buffer.length) {
    // The head moves into the next slab as well.
    out.reserve(headBytes + valueBytes);
    out.buffer.set(buffer.subarray(offset, offset + headBytes), out.offset);
  }
  return out.offset + headBytes;
}
