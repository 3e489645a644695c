import type { ByteQueue } from '../base/byte-queue.ts';

const PREFIX_BYTES = 4;

/** How far a frame had come when its connection ended. Source: the log lines of Seastar `rpc.cc`. */
export function describeCut(isHeader: boolean, expectedBytes: number, gotBytes: number): string {
  return `while reading ${isHeader ? 'header' : 'data'}: expected ${expectedBytes} got ${gotBytes}`;
}

/** The same for a frame that is a u32 length and as many bytes; undefined where no frame has begun. */
export function cutPrefixedFrame(bytes: ByteQueue): string | undefined {
  const { byteLength } = bytes;
  if (byteLength === 0) return undefined;
  if (byteLength < PREFIX_BYTES) return describeCut(true, PREFIX_BYTES, byteLength);
  return describeCut(false, bytes.peekU32(), byteLength - PREFIX_BYTES);
}
