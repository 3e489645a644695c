import type { SlabPool } from '../base/slab-pool.ts';
import type { Surroundings } from '../base/surroundings.ts';
import type { CompressorFactory } from '../compression/compressor.ts';
import type { LoggerSlot } from '../diagnostics/logger.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { Compatibility } from './compatibility.ts';
import type { Limits } from './limits.ts';

/** The parts that all connections of one client or server share. */
export interface Environment extends Surroundings {
  readonly slabs: SlabPool;
  /** How arguments, results and messages become bytes that name no serializer. */
  readonly serializer: Serializer;
  /** Negotiates the compressor of each connection; undefined for none. */
  readonly compression: CompressorFactory | undefined;
  readonly log: LoggerSlot;
  readonly limits: Limits;
  readonly compatibility: Compatibility;
  /** The version of our extension that this end speaks with peers that speak it too. */
  readonly extensionVersion: number;
  /** The name of this process in the path of a cancel; undefined for none. */
  readonly processName: string | undefined;
  /** Whether borrowed memory is overwritten when it is given back, so that misuse is seen. */
  readonly poisonsBorrowed: boolean;
}
