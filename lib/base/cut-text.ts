/**
 * Longer error texts are cut, unless an option says otherwise: an error must not cost more than the
 * call.
 */
export const MAX_ERROR_BYTES = 8_192;

const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

/**
 * The text, cut to at most `maxBytes` bytes of UTF-8. A longer text is cut between characters and
 * ends with an ellipsis. Nothing is left of it where there is no room for that.
 */
export function cutText(text: string, maxBytes: number = MAX_ERROR_BYTES): string {
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text;
  if (maxBytes < ELLIPSIS_BYTES) return '';
  // A character takes at least as many bytes as it has code units.
  const bytes = Buffer.from(text.slice(0, maxBytes)).subarray(0, maxBytes - ELLIPSIS_BYTES);
  return `${bytes.toString().replace(/\uFFFD$/, '')}${ELLIPSIS}`;
}
