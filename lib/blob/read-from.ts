import type { FileHandle } from 'node:fs/promises';

/**
 * Bytes read at a time: four default chunks. Each read takes a turn on another thread, so that this
 * costs half the time per byte of reads of one chunk.
 */
const READ_BYTES = 524_288;

/**
 * The bytes of an open file from one position to another, or to its end, in large pieces. Each
 * piece but the last consists of whole chunks. Every piece is memory of its own, as a sink sends
 * large chunks from where they lie. Reading into the same memory again would not be faster.
 */
export async function* readFrom(
  file: FileHandle,
  from: number,
  to: number,
  chunkBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  const pieceBytes = wholeChunks(chunkBytes);
  for (let at = from; at < to;) {
    const piece = Buffer.allocUnsafeSlow(Math.min(pieceBytes, to - at));
    const { bytesRead } = await file.read(piece, 0, piece.length, at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}

function wholeChunks(chunkBytes: number): number {
  if (chunkBytes === 0) return READ_BYTES;
  return chunkBytes * Math.max(1, Math.floor(READ_BYTES / chunkBytes));
}
