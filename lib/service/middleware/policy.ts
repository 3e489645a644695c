/**
 * What runs a call as it likes: once, more than once, not at all. The policies of `cockatiel` are
 * some: retry, circuit breaker, bulkhead, timeout, fallback, and what `wrap` makes of them.
 *
 * It sees a call until its reply, which of a stream is the beginning. What it gives in place of a
 * result is the call's result.
 */
export interface Policy {
  /**
   * Runs `run`, each time one attempt of the call, and gives what the call shall come to.
   *
   * @param run - to be given a signal that gives the attempt up.
   * @param signal - the call's own, if it has one.
   */
  execute(
    run: (context: { readonly signal: AbortSignal }) => Promise<unknown>,
    signal?: AbortSignal,
  ): Promise<unknown>;
}

/**
 * Whether the same call may succeed if it is simply repeated, by what its error says: what a server
 * refused for want of room, a connection that was lost, a time that was over, and a `StatusError`
 * that says so. For `handleWhen` of a policy.
 *
 * A call that was lost or late may have been done all the same: repeat only what may be done twice.
 */
export function isRetryable(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'retryable' in error && error.retryable === true
  );
}

/** How many milliseconds to wait before the call is repeated, as the server asks for; undefined if it does not say. */
export function retryAfterMs(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('retryAfterMs' in error)) return undefined;
  const { retryAfterMs: delayMs } = error;
  return typeof delayMs === 'number' && delayMs >= 0 ? delayMs : undefined;
}
