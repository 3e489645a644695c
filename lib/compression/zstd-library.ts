import * as zlib from 'node:zlib';

import { OptionError } from '../errors/errors.ts';

/** Compresses to whole zstd frames and back. Results are the caller's. */
export interface ZstdLibrary {
  compress(data: Buffer, level: number): Buffer;
  /**
   * Must throw rather than return, or hold, much more than `maxBytes`. It may return less than the
   * frame had: a truncated frame can't always be told from a whole one.
   */
  decompress(zstdFrame: Buffer, maxBytes: number): Buffer;
}

/** The functions that Node's zlib has since 22.15. The types of older versions lack them. */
export interface NodeZstd {
  readonly zstdCompressSync: (data: Buffer, options: { params: NodeZstdParams }) => Buffer;
  readonly zstdDecompressSync: (
    data: Buffer,
    options: { chunkSize: number; maxOutputLength: number; params: NodeZstdParams },
  ) => Buffer;
}

/** Parameters of libzstd by their numbers. */
type NodeZstdParams = Readonly<Record<number, number>>;

/** ZSTD_c_compressionLevel, of libzstd's stable interface. */
const COMPRESSION_LEVEL = 100;

/** ZSTD_d_windowLogMax, of the same interface. */
const WINDOW_LOG_MAX = 100;

/** Zstd frames never ask for a smaller window. Node's decoder takes no lower bound either. */
const MIN_WINDOW_LOG = 10;

/** The largest window that libzstd accepts by default: 128 MiB. */
const MAX_WINDOW_LOG = 27;

/** Node's least chunk size. */
const MIN_CHUNK_BYTES = 64;

/**
 * The codec of node:zlib.
 *
 * @param node - replaces node:zlib, for example with that of another version.
 * @throws OptionError if this Node has no zstd.
 */
export function loadNodeZstd(node: Partial<NodeZstd> = zlib as Partial<NodeZstd>): ZstdLibrary {
  const { zstdCompressSync, zstdDecompressSync } = node;
  if (!zstdCompressSync || !zstdDecompressSync) {
    throw new OptionError(
      'compression',
      `zstd needs Node 22.15 or later, and this is ${process.version}; use LZ4 instead`,
    );
  }
  return {
    compress: (data, level) => zstdCompressSync(data, { params: { [COMPRESSION_LEVEL]: level } }),
    decompress: (zstdFrame, maxBytes) =>
      zstdDecompressSync(zstdFrame, {
        maxOutputLength: maxBytes,
        // All in one chunk, with one byte to spare, which tells the decoder that nothing is left.
        chunkSize: Math.max(MIN_CHUNK_BYTES, maxBytes + 1),
        params: { [WINDOW_LOG_MAX]: windowLog(maxBytes) },
      }),
  };
}

/** A window larger than the content serves nothing, but would be allocated. */
function windowLog(contentBytes: number): number {
  const log = Math.ceil(Math.log2(contentBytes));
  return Math.min(Math.max(MIN_WINDOW_LOG, log), MAX_WINDOW_LOG);
}
