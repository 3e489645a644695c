import { CompressionError } from '../errors/errors.ts';

/**
 * The header of a zstd frame, and its blocks, as far as they are looked at here.
 *
 *     28 b5 2f fd | descriptor | [window, unless the frame is a single segment] | [dictionary id] |
 *     [content size] | blocks, each a u24 with its size, kind and a mark of the last | [checksum]
 *
 * Source: RFC 8878, 3.1.1.
 */
const MAGIC = 0xfd2f_b528;
const DESCRIPTOR_AT = 4;
const WINDOW_AT = 5;
const BLOCK_HEADER_BYTES = 3;

const SINGLE_SEGMENT = 0x20;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
/** By the upper two bits of the descriptor. A single segment of the first kind has one byte. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** A window byte is an exponent and eighths of a power of two, from 1 KiB on. */
const MIN_WINDOW_LOG = 10;

/** What every decoder should take, in the words of the RFC. */
const MAX_WINDOW_BYTES = 8_388_608;

/** The most bytes that one block stands for. */
export const MAX_BLOCK_BYTES = 131_072;

/**
 * Lets `decode` have a frame whose window is no larger than its content. Writers that do not know
 * the size before ask for more. A larger window serves nothing, but the decoder would allocate it.
 * The frame is unchanged afterwards.
 *
 * @throws CompressionError for a window of more than 8 MiB that the content does not need.
 */
export function withNarrowWindow(
  frame: Buffer,
  contentBytes: number,
  decode: (frame: Buffer) => Buffer,
): Buffer {
  const wide = hasWindow(frame) ? frame.readUInt8(WINDOW_AT) : 0;
  const narrow = narrowestWindow(contentBytes);
  if (wide <= narrow) return decode(frame);
  const windowBytes = bytesOfWindow(wide);
  if (windowBytes > MAX_WINDOW_BYTES) {
    throw new CompressionError(
      `a zstd frame asks for a window of ${windowBytes} bytes, above ${MAX_WINDOW_BYTES}`,
      'remote',
    );
  }
  frame.writeUInt8(narrow, WINDOW_AT);
  try {
    return decode(frame);
  } finally {
    frame.writeUInt8(wide, WINDOW_AT);
  }
}

/**
 * A frame with the first block of `frame` alone; undefined if that has not come whole, or is none.
 */
export function firstBlockOf(frame: Buffer): Buffer | undefined {
  if (frame.length <= WINDOW_AT || frame.readUInt32LE(0) !== MAGIC) return undefined;
  const at = headerBytes(frame.readUInt8(DESCRIPTOR_AT));
  if (frame.length < at + BLOCK_HEADER_BYTES) return undefined;
  const block = frame.readUIntLE(at, BLOCK_HEADER_BYTES);
  const isRunLength = ((block >> 1) & 3) === 1;
  const end = at + BLOCK_HEADER_BYTES + (isRunLength ? 1 : block >> 3);
  if (end > frame.length) return undefined;
  const header = Buffer.alloc(WINDOW_AT + 1);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt8(narrowestWindow(MAX_BLOCK_BYTES), WINDOW_AT);
  const alone = Buffer.concat([header, frame.subarray(at, end)]);
  alone.writeUIntLE(block | 1, header.length, BLOCK_HEADER_BYTES);
  return alone;
}

function hasWindow(frame: Buffer): boolean {
  return (
    frame.length > WINDOW_AT &&
    frame.readUInt32LE(0) === MAGIC &&
    (frame.readUInt8(DESCRIPTOR_AT) & SINGLE_SEGMENT) === 0
  );
}

function headerBytes(descriptor: number): number {
  const isSingle = (descriptor & SINGLE_SEGMENT) !== 0;
  const kind = descriptor >> 6;
  // Both are two bits, and the tables have four entries.
  const sizeBytes = kind === 0 && isSingle ? 1 : CONTENT_SIZE_BYTES[kind]!;
  return WINDOW_AT + (isSingle ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]! + sizeBytes;
}

function bytesOfWindow(window: number): number {
  const base = 2 ** (MIN_WINDOW_LOG + (window >> 3));
  return base + (base / 8) * (window & 7);
}

/** The byte of the least power of two that holds the content. */
function narrowestWindow(contentBytes: number): number {
  return Math.max(0, Math.ceil(Math.log2(contentBytes)) - MIN_WINDOW_LOG) << 3;
}
