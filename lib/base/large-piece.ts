/** Frames of at least this size are gathered at their place, instead of being put together at the end. */
export const MIN_PIECE_BYTES = 16_384;

/** One of up to this size gets its memory as soon as it has begun. */
export const TRUSTED_PIECE_BYTES = 262_144;

/** Room behind it, so that the length of the next one comes along. */
export const PIECE_MARGIN_BYTES = 4;

/** A larger one gets its memory when a fourth of it has come. */
const TRUST_FACTOR = 4;

/**
 * Whether a frame gets its memory now. Its length may be a lie.
 *
 * @param heldBytes - how much of it has come.
 * @param largestBytes - the largest one that has come whole, at least {@link TRUSTED_PIECE_BYTES}.
 */
export function isTrustedPiece(bytes: number, heldBytes: number, largestBytes: number): boolean {
  return bytes <= largestBytes || bytes <= heldBytes * TRUST_FACTOR;
}
