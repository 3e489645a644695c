/** How one call is made. */
export interface CallOptions {
  /** Cancels the call when it fires: before it is sent it never is, afterwards its reply is dropped. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now until the call has failed: Infinity and 0 mean no limit, below 0 it has failed already. Default: no limit. */
  readonly timeoutMs?: number | undefined;
}

/** The longest time that is told to a peer; a Seastar must be able to count it in nanoseconds. */
export const MAX_WIRE_TIMEOUT_MS = 9_000_000_000_000;
