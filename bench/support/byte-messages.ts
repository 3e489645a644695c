import { Tally } from './tally.ts';

const STAMP_BYTES = 4;

/** Bytes that a ring takes at most, so that small messages stay in the processor's cache. */
const RING_BYTES = 4_194_304;
const MAX_RING_LENGTH = 1_024;
const MIN_RING_LENGTH = 16;

/** The u32 at `at`. Quicker than Buffer's method, and does for any Uint8Array. */
export function readU32(bytes: Uint8Array, at: number): number {
  // Beyond the end this reads 0s, which no check takes for a stamp or a length.
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}

/**
 * Messages of one size that are sent over and over. Each carries its place in the ring in its first
 * and its last bytes; they are never changed, so that a sender may keep references to them.
 */
export function makeByteMessages(messageBytes: number): Buffer[] {
  return Array.from({ length: ringLength(messageBytes) }, (_, place) => {
    const message = Buffer.alloc(messageBytes, place & 0xff);
    message.writeUInt32LE(place, 0);
    message.writeUInt32LE(place, messageBytes - STAMP_BYTES);
    return message;
  });
}

/** Checks that the messages of {@link makeByteMessages} arrive whole and in order. */
export class ByteCheck {
  readonly tally: Tally;
  readonly #messageBytes: number;

  constructor(messageBytes: number) {
    this.#messageBytes = messageBytes;
    this.tally = new Tally(ringLength(messageBytes));
  }

  /** Takes the message of `length` bytes at `start`. */
  take(bytes: Uint8Array, start: number, length: number): void {
    this.#judge(length, readU32(bytes, start), readU32(bytes, start + length - STAMP_BYTES));
  }

  /** The same from a view, which reads a number at a time: for who has one view of many messages. */
  takeFrom(view: DataView, start: number, length: number): void {
    const lastAt = start + length - STAMP_BYTES;
    this.#judge(length, view.getUint32(start, true), view.getUint32(lastAt, true));
  }

  /** Takes a message that came in pieces, of which only the beginning is still known. */
  takeBegun(stamp: number, length: number): void {
    this.#judge(length, stamp, stamp);
  }

  #judge(length: number, firstStamp: number, lastStamp: number): void {
    const place = this.tally.next();
    if (length === this.#messageBytes && firstStamp === place && lastStamp === place) return;
    throw new Error(`a message of ${length} bytes is not number ${place}`);
  }
}

function ringLength(messageBytes: number): number {
  const fitting = 2 ** Math.floor(Math.log2(RING_BYTES / messageBytes));
  return Math.min(Math.max(fitting, MIN_RING_LENGTH), MAX_RING_LENGTH);
}
