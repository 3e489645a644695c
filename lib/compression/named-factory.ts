import type { Compressor, CompressorFactory } from './compressor.ts';

/**
 * A factory for one compressor without state, which all connections share. It agrees only if the
 * other side names exactly this one. A list is declined, even if it contains the name.
 *
 * Source: Seastar's `lz4_compressor::factory::negotiate`.
 */
export function namedFactory(compressor: Compressor): CompressorFactory {
  return Object.freeze({
    supported: compressor.name,
    negotiate: (feature: string) => (feature === compressor.name ? compressor : undefined),
  });
}
