import { messageOf } from '../../errors/foreign.ts';
import type { Trace } from './trace.ts';

/** A world has failed. The same seed lets it fail again, in the same way. `cause` is the failure. */
export class WorldError extends Error {
  /** Always `WorldError`. */
  override readonly name: string = 'WorldError';
  /** The seed of the world. */
  readonly seed: number;
  /** All that has happened up to the failure. */
  readonly trace: Trace;

  /** @internal */
  constructor(seed: number, trace: Trace, cause: unknown) {
    super(`seed ${seed}: ${messageOf(cause)}`, { cause });
    this.seed = seed;
    this.trace = trace;
  }
}
