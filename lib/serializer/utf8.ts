import { isUtf8 } from 'node:buffer';

/** Up to here a loop finds plain ASCII sooner than a native call does. Measured. */
const SHORT_BYTES = 32;

const REPLACEMENT = '\ufffd';

/** True if the bytes in [start, end) are valid UTF-8. The caller has checked the range. */
export function isValidUtf8(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > SHORT_BYTES) return isUtf8(bytes.subarray(start, end));
  for (let i = start; i < end; i++) {
    const byte = bytes[i];
    if (byte === undefined || byte > 0x7f) return isUtf8(bytes.subarray(start, end));
  }
  return true;
}

/** The text in [start, end), or undefined if it is not valid UTF-8. */
export function readUtf8(bytes: Buffer, start: number, end: number): string | undefined {
  const text = bytes.toString('utf8', start, end);
  // Node replaces what is invalid; only then, or where the sender wrote U+FFFD, is a second look due.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end))) return undefined;
  return text;
}

/** The method is in every Node that we run on, but not in the ES2023 types. */
interface WellFormedText {
  isWellFormed(): boolean;
}

/** False if the text has a lone surrogate, which UTF-8 can't carry: Node would write U+FFFD. */
export function isWellFormed(text: string): boolean {
  return (text as unknown as WellFormedText).isWellFormed();
}
