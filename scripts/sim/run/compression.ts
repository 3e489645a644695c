import { type CompressorFactory, lz4 } from '../../../lib/compression.ts';
import type { Plan } from '../plan/plan.ts';

/** The compressor of a plan's clients and server. */
export function compressionOf({ server }: Plan): CompressorFactory | undefined {
  return server.isCompressing ? lz4() : undefined;
}
