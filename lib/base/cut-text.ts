/** Longer texts of errors are cut: an error must not cost more than the call. */
export const MAX_ERROR_BYTES = 8_192;

const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

/**
 * The text within so many bytes of UTF-8, cut between characters and with an ellipsis where it is longer.
 *
 * @param maxBytes - at least 3, for the ellipsis.
 */
export function cutText(text: string, maxBytes: number = MAX_ERROR_BYTES): string {
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  // A character takes at least as many bytes as it has units.
  const bytes = Buffer.from(text.slice(0, maxBytes)).subarray(0, maxBytes - ELLIPSIS_BYTES);
  return `${bytes.toString().replace(/\uFFFD$/, '')}${ELLIPSIS}`;
}
