/** Time limits and the signal of a stream. 0 and Infinity mean no limit. */
export interface StreamBounds {
  /** Milliseconds that an iteration waits for one item before it gives the stream up. */
  readonly receiveTimeoutMs?: number | undefined;
  /** Milliseconds from the request for the first item to the end. */
  readonly streamTimeoutMs?: number | undefined;
  /** Gives the stream up when it fires. */
  readonly signal?: AbortSignal | undefined;
}

export const NO_BOUNDS: StreamBounds = Object.freeze({});
