import type { U64 } from '../../wire/integers.ts';

/** A request that was read whole and admitted. */
export interface Request {
  readonly verb: U64;
  readonly messageId: number;
  readonly payload: Buffer;
  /** By the clock; undefined for none. */
  readonly deadline: number | undefined;
  readonly timeoutMs: number | undefined;
  /** Its share of the gate's budget, to be given back when the request is over. */
  readonly cost: number;
}
