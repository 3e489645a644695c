/** Imported as `sluice/compression`: compressors, to be given as the option `compression`. */

export type { Compressor, CompressorFactory } from './compression/compressor.ts';
export { lz4 } from './compression/lz4.ts';
export { lz4Fragmented } from './compression/lz4-fragmented.ts';
export { multiCompressor } from './compression/multi.ts';
export { zstd } from './compression/zstd.ts';
