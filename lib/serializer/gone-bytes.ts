/** The problem of bytes that are gone, for errors. */
export const GONE_BYTES = 'the memory of the bytes was transferred away, or has shrunk';

/**
 * Whether bytes have lost their memory: it was transferred, for example by `postMessage`, or a
 * resizable buffer has shrunk. They look like no bytes at all then.
 */
export function areGone(bytes: Uint8Array): boolean {
  if (bytes.length > 0) return false;
  try {
    // Every method of an array without memory throws, in every version of Node.
    Uint8Array.prototype.at.call(bytes, 0);
    return false;
  } catch {
    return true;
  }
}
