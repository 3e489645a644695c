import { CompressionError } from '../errors/errors.ts';
import { textOf } from '../errors/foreign.ts';

import { checkExactSize } from './declared-size.ts';
import type { Lz4Library } from './lz4-library.ts';

/** The length of a block's header: u32, little endian. */
export const BLOCK_HEADER_BYTES = 4;

/** A byte of an LZ4 block lengthens a match by 255 bytes at most. */
export const MAX_LZ4_RATIO = 255;

/**
 * Decodes the block that follows the four header bytes of `chunk` to exactly `declaredBytes` bytes,
 * in memory of their own.
 *
 * The library wants the size in front of the block. It is written over the header during the call,
 * which saves copying the block. `chunk` is unchanged afterwards.
 *
 * @throws CompressionError unless the block is whole and has that size.
 */
export function decodeLz4Block(
  library: Lz4Library,
  chunk: Buffer,
  declaredBytes: number,
  dictionary?: Buffer,
): Buffer {
  const header = chunk.readUInt32LE(0);
  chunk.writeUInt32LE(declaredBytes, 0);
  try {
    return checkExactSize(uncompress(library, chunk, dictionary), declaredBytes);
  } finally {
    chunk.writeUInt32LE(header, 0);
  }
}

function uncompress(library: Lz4Library, chunk: Buffer, dictionary?: Buffer): Buffer {
  try {
    return library.uncompressSync(chunk, dictionary);
  } catch (error) {
    throw new CompressionError(`an LZ4 block does not decode: ${textOf(error)}`, 'remote', error);
  }
}
