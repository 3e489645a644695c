/**
 * The common part of stream messages and compressed frames: a u32 length, and as many bytes. Bytes
 * stay in the queue until a frame is whole.
 */

import type { ReceivedBytes } from '../base/received-bytes.ts';

const PREFIX_BYTES = 4;

/** The length that the frame at the front claims to have, which nobody has judged; undefined while its bytes are missing. */
export function claimedBytes(bytes: ReceivedBytes): number | undefined {
  return bytes.byteLength < PREFIX_BYTES ? undefined : bytes.peekU32();
}

/** Takes the frame at the front. Its length was judged before. Undefined while bytes are missing. */
export function takeFrame(bytes: ReceivedBytes, frameBytes: number): Buffer | undefined {
  if (!bytes.gather(PREFIX_BYTES + frameBytes)) return undefined;
  skipPrefix(bytes);
  return bytes.take(frameBytes);
}

/** Takes a length that stands for itself. */
export function skipPrefix(bytes: ReceivedBytes): void {
  bytes.skip(PREFIX_BYTES);
}

/** Gathers the frame at the front, if it is large, ahead of its taking. One above `maxBytes` is left to be refused. */
export function gatherFrame(bytes: ReceivedBytes, maxBytes: number): void {
  const claimed = claimedBytes(bytes);
  if (claimed !== undefined && claimed <= maxBytes) bytes.gather(PREFIX_BYTES + claimed);
}

/** How far a frame had come when its connection ended. Source: the log lines of Seastar `rpc.cc`. */
export function describeCut(isHeader: boolean, expectedBytes: number, gotBytes: number): string {
  return `while reading ${isHeader ? 'header' : 'data'}: expected ${expectedBytes} got ${gotBytes}`;
}

/** The same for the frame at the front; undefined where none has begun. */
export function cutPrefixedFrame(bytes: ReceivedBytes): string | undefined {
  const { byteLength } = bytes;
  if (byteLength === 0) return undefined;
  const claimed = claimedBytes(bytes);
  if (claimed === undefined) return describeCut(true, PREFIX_BYTES, byteLength);
  return describeCut(false, claimed, byteLength - PREFIX_BYTES);
}
