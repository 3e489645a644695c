import type { FileHandle } from 'node:fs/promises';

import { freshMemory } from '../base/fresh-memory.ts';

/**
 * Bytes read at a time: two default chunks. Each read and each chunk takes turns of the loop and on
 * another thread; a file of small ones takes twice the processor time (`file`). As many are read ahead.
 */
export const READ_BYTES = 1_048_576;

/** A part of a file: the first byte, and the one behind the last, or Infinity for the file's end. */
export interface FileRange {
  readonly from: number;
  readonly to: number;
}

/** Gives memory of exactly so many bytes. */
export type GiveMemory = (bytes: number) => Uint8Array;

interface ReadPieces {
  readonly pieces: Uint8Array[];
  readonly bytesRead: number;
}

/**
 * The bytes of a part of an open file, in pieces. The next ones are read while these are used.
 *
 * @param pieceBytes - of each piece but the last, and those where the file gives less.
 * @param give - the memory of each piece. Default: its own.
 */
export async function* readFrom(
  file: FileHandle,
  { from, to }: FileRange,
  pieceBytes: number,
  give: GiveMemory = freshMemory,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = from, next = readAt(at); next !== undefined;) {
    const { pieces, bytesRead } = await next;
    at += bytesRead;
    next = bytesRead === 0 ? undefined : readAt(at);
    yield* filled(pieces, bytesRead);
  }

  function readAt(at: number): Promise<ReadPieces> | undefined {
    if (at >= to) return undefined;
    const reading = readPieces(at);
    // Its failure is thrown behind the pieces before it.
    reading.catch(() => {});
    return reading;
  }

  async function readPieces(at: number): Promise<ReadPieces> {
    const end = Math.min(to, at + pieceBytes * Math.max(1, Math.floor(READ_BYTES / pieceBytes)));
    const pieces: Uint8Array[] = [];
    for (let place = at; place < end; place += pieceBytes) {
      pieces.push(give(Math.min(pieceBytes, end - place)));
    }
    const { bytesRead } = await file.readv(pieces, at);
    return { pieces, bytesRead };
  }
}

/** The size of pieces that consist of whole chunks. */
export function wholeChunks(chunkBytes: number): number {
  return chunkBytes * Math.max(1, Math.floor(READ_BYTES / chunkBytes));
}

/** Memory for pieces that are done with when the next one is asked for. */
export function memoryInTurn(): GiveMemory {
  const both: Uint8Array[] = [];
  let turn = 0;
  return (bytes) => {
    turn = 1 - turn;
    const memory = both[turn];
    if (memory !== undefined && memory.length >= bytes) return memory.subarray(0, bytes);
    return (both[turn] = freshMemory(bytes));
  };
}

function* filled(pieces: readonly Uint8Array[], bytes: number): Generator<Uint8Array> {
  let left = bytes;
  for (const piece of pieces) {
    if (left === 0) return;
    const length = Math.min(piece.length, left);
    left -= length;
    yield piece.subarray(0, length);
  }
}
