import type { ByteWriter } from '../../base/byte-writer.ts';

/** What stands before a value: a place for its type, its key in UTF-8, a terminator. */
export type Head = Uint8Array;

const ZERO = 0x30;
const NINE = 0x39;

/** The head of an element with this key. */
export function headOf(key: string): Head {
  // Not a Buffer, so that heads are all of one kind where they are compared byte by byte.
  return Uint8Array.from([0, ...Buffer.from(key, 'utf8'), 0]);
}

/** The heads of an array's elements, one after the other. */
export class IndexHead {
  /** Of the current element; changed where it stands. */
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
 * Writes a head where the writer stands, and makes room for a value of a fixed width behind it. The
 * writer still stands before it, and the type is still missing.
 *
 * @returns what the head takes.
 */
export function putHead(out: ByteWriter, head: Head): number {
  out.reserve(head.length + FIXED_BYTES);
  const { buffer, offset } = out;
  for (let i = 1; i < head.length; i++) buffer[offset + i] = head[i] ?? 0;
  return head.length;
}

/** Puts the type into the head that was written, and returns where a value of a fixed width goes. */
export function beginFixed(out: ByteWriter, type: number, headBytes: number): number {
  const { buffer, offset } = out;
  buffer[offset] = type;
  return offset + headBytes;
}

/** The same for any value; makes room for it. */
export function beginValue(
  out: ByteWriter,
  type: number,
  headBytes: number,
  valueBytes: number,
): number {
  const { buffer, offset } = out;
  buffer[offset] = type;
  if (offset + headBytes + valueBytes > buffer.length) {
    // The head goes along into the next slab.
    out.reserve(headBytes + valueBytes);
    out.buffer.set(buffer.subarray(offset, offset + headBytes), out.offset);
  }
  return out.offset + headBytes;
}
