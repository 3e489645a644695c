/** Gathered bytes are written at the end of the turn, or from this size on at once: a full slab. */
export const FLUSH_BYTES = 32_768;

/** The same limit for large payloads without a copy: fewer and larger writes. Bench: `bulk.up`. */
export const BULK_FLUSH_BYTES = 262_144;

/**
 * Senders wait for one turn of the loop after so many bytes that the kernel took at once. Otherwise
 * a socket that keeps up would starve the process: no timers, no input of other connections.
 */
export const YIELD_BYTES = 262_144;
