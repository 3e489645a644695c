import type { SlabPool } from '../base/slab-pool.ts';
import type { Surroundings } from '../base/surroundings.ts';
import type { LoggerSlot } from '../diagnostics/logger.ts';
import type { Compatibility } from './compatibility.ts';
import type { Limits } from './limits.ts';

/** The parts that all connections of one client or server share. */
export interface Environment extends Surroundings {
  readonly slabs: SlabPool;
  readonly log: LoggerSlot;
  readonly limits: Limits;
  readonly compatibility: Compatibility;
  /** The name of this process in the path of a cancel; undefined for none. */
  readonly processName: string | undefined;
}
