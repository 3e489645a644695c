import type { U64 } from '../../wire/integers.ts';

/** A request that was admitted and read whole. */
export interface Request {
  readonly verb: U64;
  readonly messageId: number;
  readonly payload: Buffer;
  /** The time by the clock at which the caller gives up; undefined for never. */
  readonly deadline: number | undefined;
  readonly timeoutMs: number | undefined;
  /** The gate's cost of the request, to be returned when the request is over. */
  readonly cost: number;
}
