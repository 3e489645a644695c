import { FLAG, SIGNAL, TIMEOUT } from '../../base/option-kinds.ts';
import type { OptionTable } from '../../base/read-options.ts';

/** How one call is made. */
export interface CallOptions {
  /**
   * Cancels the call when it fires. A call that was not sent yet is never sent; of a call that was
   * sent, the reply is dropped. A server that speaks our extension is told, with the signal's
   * reason, and the signal of its handler fires.
   *
   * @default none
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds from now after which the call fails. Infinity and 0 mean no limit; with a number
   * below 0 the call fails at once.
   *
   * @default no limit
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether the call may be carried out more than once, whatever its verb declares. If so, it is made
   * again when its connection is lost before the reply.
   *
   * @default false
   */
  readonly idempotent?: boolean | undefined;
}

/** The kinds of {@link CallOptions}. */
export const CALL_OPTIONS: OptionTable<CallOptions> = Object.freeze({
  signal: SIGNAL,
  timeoutMs: TIMEOUT,
  idempotent: FLAG,
});
