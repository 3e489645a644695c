/** The first delay. It doubles for each further attempt. */
const FIRST_DELAY_MS = 100;

/** Beyond it the bounds of all delays are reached, and a power of two would be no number any more. */
const MAX_EXPONENT = 64;

/**
 * Milliseconds until a stream is tried again on another connection: none at first, then more for each
 * attempt that was of no use.
 */
export function retryDelayMs(vainAttempts: number, maxMs: number): number {
  if (vainAttempts === 0) return 0;
  return Math.min(maxMs, FIRST_DELAY_MS * 2 ** Math.min(vainAttempts - 1, MAX_EXPONENT));
}
