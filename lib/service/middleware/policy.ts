import { having } from '../../base/option-kinds.ts';
import type { OptionKind } from '../../base/read-options.ts';
import { readField } from '../../errors/foreign.ts';

/**
 * Decides how often a call is run: once, more than once, or not at all. The policies of `cockatiel`
 * fit: retry, circuit breaker, bulkhead, timeout, fallback, and their combinations by `wrap`.
 *
 * It sees a call until its reply; for a stream, that is the beginning. The value that it returns is
 * the call's result.
 */
export interface Policy {
  /**
   * Calls `run` for each attempt of the call, and returns the call's result.
   *
   * @param run - takes a signal that cancels the attempt.
   * @param signal - the call's own, if it has one.
   */
  execute(
    run: (context: { readonly signal: AbortSignal }) => Promise<unknown>,
    signal?: AbortSignal,
  ): Promise<unknown>;
}

/**
 * Whether the same call may succeed if it is simply repeated, judged by its error. True if a server
 * refused it for want of room, if the connection was lost, if its time was over, and for a
 * `StatusError` that says so. For `handleWhen` of a policy.
 *
 * A call that was lost or late may have been carried out all the same: repeat only calls that may
 * be carried out twice.
 */
export function isRetryable(error: unknown): boolean {
  return readField(error, 'retryable') === true;
}

/**
 * How many milliseconds to wait before the call is repeated, as the server asks for; undefined if
 * it does not say.
 */
export function retryAfterMs(error: unknown): number | undefined {
  const delayMs = readField(error, 'retryAfterMs');
  return typeof delayMs === 'number' && delayMs >= 0 ? delayMs : undefined;
}

/** The kind of an option that takes a policy. */
export const POLICY: OptionKind = having('a policy with a method execute', ['execute']);
