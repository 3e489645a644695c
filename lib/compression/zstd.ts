import { FUNCTION, numberWithin } from '../base/option-kinds.ts';
import { optionsOf } from '../base/public-function.ts';
import type { OptionTable } from '../base/read-options.ts';
import { CompressionError } from '../errors/errors.ts';
import { textOf } from '../errors/foreign.ts';

import type { Compressor, CompressorFactory } from './compressor.ts';
import { checkDeclaredSize, checkExactSize, NO_BYTES } from './declared-size.ts';
import { namedFactory } from './named-factory.ts';
import { firstBlockOf, MAX_BLOCK_BYTES, withNarrowWindow } from './zstd-frame.ts';
import { loadNodeZstd, type ZstdLibrary } from './zstd-library.ts';

/** Options of the zstd compressor. */
export interface ZstdOptions {
  /** From 1, the fastest, to 22, the smallest. Default: 3. */
  readonly level?: number | undefined;
  /** Gives the codec; called once. Default: the codec of node:zlib, which Node has since 22.15. */
  readonly load?: (() => ZstdLibrary) | undefined;
}

const DEFAULT_LEVEL = 3;
const MAX_LEVEL = 22;

const ZSTD_OPTIONS: OptionTable<ZstdOptions> = Object.freeze({
  level: numberWithin({ min: 1, max: MAX_LEVEL }),
  load: FUNCTION,
});

const SIZE_BYTES = 4;

/**
 * The most bytes that one byte of payload may stand for. Zstd alone goes beyond 30,000, which would
 * let a peer make us allocate megabytes for a few bytes of its own.
 */
const MAX_RATIO = 1_000;

/**
 * Zstd, each frame by itself. Seastar has no such compressor; only this library's ends speak it.
 *
 *     u32 size after decompression | zero bytes | zstd frame
 *
 * The zero bytes only keep a payload from being less than a thousandth of its frame. A payload of
 * less than four bytes is an empty frame. The window of a zstd frame is at most 8 MiB, or the power
 * of two that holds its content.
 *
 * @throws OptionError if Node has no zstd, and for a level out of bounds.
 */
export function zstd(options: ZstdOptions = {}): CompressorFactory {
  const own = optionsOf('zstd', options, ZSTD_OPTIONS);
  const level = own.level ?? DEFAULT_LEVEL;
  const load = own.load ?? loadNodeZstd;
  return namedFactory(new ZstdCompressor(load(), level));
}

class ZstdCompressor implements Compressor {
  readonly name = 'ZSTD';
  readonly #library: ZstdLibrary;
  readonly #level: number;

  constructor(library: ZstdLibrary, level: number) {
    this.#library = library;
    this.#level = level;
  }

  compress(frame: Buffer): Buffer {
    if (frame.length === 0) return NO_BYTES;
    const zstdFrame = this.#library.compress(frame, this.#level);
    const leastBytes = Math.ceil(frame.length / MAX_RATIO);
    const prefix = Buffer.alloc(Math.max(SIZE_BYTES, leastBytes - zstdFrame.length));
    prefix.writeUInt32LE(frame.length, 0);
    return Buffer.concat([prefix, zstdFrame]);
  }

  decompress(payload: Buffer, limitBytes: number): Buffer {
    if (payload.length < SIZE_BYTES) return NO_BYTES;
    const declaredBytes = payload.readUInt32LE(0);
    if (declaredBytes === 0) {
      throw new CompressionError('the decompressed size of a zstd frame is 0', 'remote');
    }
    checkDeclaredSize(declaredBytes, {
      payloadBytes: payload.length,
      maxRatio: MAX_RATIO,
      limitBytes,
    });
    return checkExactSize(this.#decode(afterPadding(payload), declaredBytes), declaredBytes);
  }

  decompressStart(start: Buffer): Buffer | undefined {
    const block = firstBlockOf(afterPadding(start));
    return block === undefined ? undefined : this.#decode(block, MAX_BLOCK_BYTES);
  }

  #decode(zstdFrame: Buffer, maxBytes: number): Buffer {
    try {
      return withNarrowWindow(zstdFrame, maxBytes, (frame) =>
        this.#library.decompress(frame, maxBytes),
      );
    } catch (error) {
      if (error instanceof CompressionError) throw error;
      throw new CompressionError(`a zstd frame does not decode: ${textOf(error)}`, 'remote', error);
    }
  }
}

/** A zstd frame begins with 28 b5 2f fd, so zero bytes before it are not part of it. */
function afterPadding(payload: Buffer): Buffer {
  let at = SIZE_BYTES;
  while (payload[at] === 0) at++;
  return payload.subarray(at);
}
