import { CompressionError } from '../errors/errors.ts';

/** The content of an empty frame. */
export const NO_BYTES: Buffer = Buffer.alloc(0);

/** The bounds for a declared size. */
export interface SizeBounds {
  /** Bytes of the compressed payload. */
  readonly payloadBytes: number;
  /** The most bytes that one byte of payload can stand for. */
  readonly maxRatio: number;
  /** The caller's limit for one frame. */
  readonly limitBytes: number;
}

/**
 * Checks the size that a payload declares for its decompressed content, before anything is
 * allocated.
 *
 * @throws CompressionError above the limit, and where the payload is too short for the declared
 * size.
 */
export function checkDeclaredSize(declaredBytes: number, bounds: SizeBounds): void {
  const { payloadBytes, maxRatio, limitBytes } = bounds;
  if (declaredBytes > limitBytes) {
    throw new CompressionError(
      `a frame of ${declaredBytes} bytes after decompression is above the limit of ${limitBytes}`,
      'remote',
    );
  }
  if (declaredBytes > payloadBytes * maxRatio) {
    throw new CompressionError(
      `${payloadBytes} compressed bytes can't hold the declared ${declaredBytes}`,
      'remote',
    );
  }
}

/**
 * Checks the result of a decompressor. A shorter result would be padded with memory that was never
 * written (CVE-2025-14847 happened because a declared size was trusted).
 *
 * @throws CompressionError unless `bytes` has exactly the declared size.
 */
export function checkExactSize(bytes: Buffer, declaredBytes: number): Buffer {
  if (bytes.length === declaredBytes) return bytes;
  throw new CompressionError(
    `decompressed to ${bytes.length} bytes where ${declaredBytes} were declared`,
    'remote',
  );
}
