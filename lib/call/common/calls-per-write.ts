/**
 * Calls, or replies, of one turn that share a write. The other end begins with the first ones while the
 * others are made; if all came at once, only one end would work at a time. Bench: `unary.c64`.
 */
export const CALLS_PER_WRITE = 8;
