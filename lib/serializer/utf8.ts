import { isUtf8 } from 'node:buffer';

import { BufferView } from '../base/buffer-view.ts';
import { readShortAscii, SHORT_ASCII, writeShortAscii } from './short-ascii.ts';

/**
 * Up to this many bytes, a loop finds plain ASCII faster than a native call (`micro.bson.decode`).
 */
const SHORT_BYTES = 128;

const REPLACEMENT = '\ufffd';

/** UTF-16 code units become at most three bytes each. */
export const MAX_BYTES_PER_UNIT = 3;

/** True if the bytes in [start, end) are valid UTF-8. The caller has checked the range. */
export function isValidUtf8(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > SHORT_BYTES) return isUtf8(view(bytes, start, end));
  return areAllAscii(bytes, start, end) || isUtf8(view(bytes, start, end));
}

/** Looks at four bytes in each step of the loop. */
function areAllAscii(bytes: Buffer, start: number, end: number): boolean {
  let bits = 0;
  let i = start;
  for (const last = end - 3; i < last; i += 4) {
    bits |= (bytes[i] ?? 0) | (bytes[i + 1] ?? 0) | (bytes[i + 2] ?? 0) | (bytes[i + 3] ?? 0);
  }
  for (; i < end; i++) bits |= bytes[i] ?? 0;
  return bits <= 0x7f;
}

function view(bytes: Buffer, start: number, end: number): Buffer {
  return new BufferView(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** The text in [start, end), or undefined if it is not valid UTF-8. The caller has checked the range. */
export function readUtf8(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start <= SHORT_ASCII) {
    const short = readShortAscii(bytes, start, end - start);
    if (short !== undefined) return short;
  }
  const text = (bytes as NativeText).utf8Slice(start, end);
  // Node replaces invalid bytes. Only then, or if the sender wrote U+FFFD, is a second check
  // needed.
  if (text.includes(REPLACEMENT) && !isUtf8(view(bytes, start, end))) return undefined;
  return text;
}

/**
 * Writes text at `at`, where there is room for {@link MAX_BYTES_PER_UNIT} bytes for each of its
 * units. Returns the number of bytes, or -1 for a lone surrogate, which UTF-8 can't carry.
 */
export function writeUtf8(text: string, buffer: Buffer, at: number): number {
  if (text.length <= SHORT_ASCII && writeShortAscii(text, buffer, at)) return text.length;
  const byteLength = (buffer as NativeText).utf8Write(text, at);
  // As many bytes as units means that all of it is ASCII.
  return byteLength === text.length || isWellFormed(text) ? byteLength : -1;
}

/**
 * The methods that `toString` and `write` call in the end, at four fifths of the cost
 * (`micro.bson-shape`). They are in every Node that we run on, but not in its types.
 */
interface NativeText extends Buffer {
  utf8Slice(start: number, end: number): string;
  utf8Write(text: string, offset: number): number;
}

/** The method is in every Node that we run on, but not in the ES2023 types. */
interface WellFormedText {
  isWellFormed(): boolean;
}

/** False if the text has a lone surrogate, which UTF-8 can't carry: Node would write U+FFFD. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as WellFormedText).isWellFormed();
}
