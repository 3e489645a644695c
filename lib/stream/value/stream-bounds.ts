import type { Clock } from '../../base/clock.ts';
import { overBefore, WaitGuard, type WaitSubject } from '../../base/waiting.ts';

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

const THE_STREAM: WaitSubject = { what: 'the stream', scope: 'stream' };

/**
 * Watches the limits of a whole stream from now on; undefined if it has none. An error if they have
 * passed already.
 */
export function guardStream(
  { signal, streamTimeoutMs: timeoutMs }: StreamBounds,
  clock: Clock,
  onGiveUp: (error: Error) => void,
): WaitGuard | Error | undefined {
  if (signal === undefined && timeoutMs === undefined) return undefined;
  const bounds = { signal, timeoutMs };
  return overBefore(bounds, THE_STREAM) ?? new WaitGuard(clock, bounds, THE_STREAM, onGiveUp);
}
