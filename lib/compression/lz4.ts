import { CompressionError } from '../errors/errors.ts';

import type { Compressor, CompressorFactory } from './compressor.ts';
import { checkDeclaredSize, NO_BYTES } from './declared-size.ts';
import { BLOCK_HEADER_BYTES, decodeLz4Block, MAX_LZ4_RATIO } from './lz4-block.ts';
import { decodeLz4Start } from './lz4-start.ts';
import { loadLz4Library, type Lz4Library, type Lz4Options } from './lz4-library.ts';
import { namedFactory } from './named-factory.ts';

/**
 * Seastar's `LZ4`: each frame by itself, as one block.
 *
 *     u32 size after decompression | LZ4 block
 *
 * A payload of less than four bytes is an empty frame. We send an empty frame as no bytes at all,
 * because a size of 0 ends the connection.
 *
 * Source: Seastar's lz4_compressor.cc.
 *
 * @throws OptionError where `lz4-napi` is missing.
 */
export function lz4(options?: Lz4Options): CompressorFactory {
  return namedFactory(new Lz4Compressor(loadLz4Library(options)));
}

class Lz4Compressor implements Compressor {
  readonly name = 'LZ4';
  readonly #library: Lz4Library;

  constructor(library: Lz4Library) {
    this.#library = library;
  }

  compress(frame: Buffer): Buffer {
    return frame.length === 0 ? NO_BYTES : this.#library.compressSync(frame);
  }

  decompress(payload: Buffer, limitBytes: number): Buffer {
    if (payload.length < BLOCK_HEADER_BYTES) return NO_BYTES;
    const declaredBytes = payload.readUInt32LE(0);
    if (declaredBytes === 0) {
      throw new CompressionError('the decompressed size of an LZ4 frame is 0', 'remote');
    }
    const payloadBytes = payload.length;
    checkDeclaredSize(declaredBytes, { payloadBytes, maxRatio: MAX_LZ4_RATIO, limitBytes });
    return decodeLz4Block(this.#library, payload, declaredBytes);
  }

  decompressStart(start: Buffer, bytes: number): Buffer | undefined {
    return decodeLz4Start(start, bytes);
  }
}
