/** How one call is made. */
export interface CallOptions {
  /**
   * Cancels the call when it fires: before it is sent it never is, afterwards its reply is dropped. A
   * server that speaks our extension is told, with the signal's reason, and its handler's signal fires.
   * Default: none.
   */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now until the call has failed: Infinity and 0 mean no limit, below 0 it has failed already. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}
