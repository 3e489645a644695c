/**
 * The frame around every other frame where a compressor was agreed.
 *
 *     u32 length | the compressor's bytes, which hold exactly one frame
 *
 * Source: Seastar `rpc.cc`, `send_entry` and `read_frame_compressed`.
 */

import type { ByteQueue } from '../base/byte-queue.ts';
import { MessageTooLargeError } from '../errors/errors.ts';
import {
  claimedBytes,
  cutPrefixedFrame,
  describeCut,
  gatherFrame,
  skipPrefix,
  takeFrame,
} from './prefixed-frame.ts';

/** Every compressed frame opens with the length of what follows. */
export const COMPRESSED_HEADER_BYTES = 4;

/** Some compressors begin anew after so many bytes. */
const CHUNK_BYTES = 32_768;

/** A chunk has a header of 4 bytes, and up to 16 bytes of LZ4 beyond its 255th part. */
const CHUNK_OVERHEAD_BYTES = 20;

/** The most that `bytes` may grow to when they do not compress. */
export function maxCompressedBytes(bytes: number): number {
  const chunks = Math.ceil(bytes / CHUNK_BYTES);
  return bytes + Math.ceil(bytes / 255) + chunks * CHUNK_OVERHEAD_BYTES + 1024;
}

/** Cuts the bytes of a queue into compressed frames. Holds no bytes of its own. */
export class CompressedFrameDecoder {
  readonly #bytes: ByteQueue;
  readonly #maxBytes: number;
  readonly #option: string;
  #skippedBytes = 0;
  #unskippedBytes = 0;

  /** @param option - names the limit in the error. */
  constructor(bytes: ByteQueue, maxBytes: number, option: string) {
    this.#bytes = bytes;
    this.#maxBytes = maxBytes;
    this.#option = option;
  }

  /** The part of a frame that an end just now would cut, its length or its bytes; undefined between frames. */
  get cutFrame(): string | undefined {
    const left = this.#unskippedBytes;
    if (left === 0) return cutPrefixedFrame(this.#bytes);
    return describeCut(false, this.#skippedBytes + left, this.#skippedBytes);
  }

  /** The length of the frame at the front if it is above the limit; undefined otherwise, or if it has not come. */
  get oversizedBytes(): number | undefined {
    const length = claimedBytes(this.#bytes);
    return length !== undefined && length > this.#maxBytes ? length : undefined;
  }

  /**
   * The compressor's bytes of the next frame, or undefined while some are missing.
   *
   * @throws MessageTooLargeError as soon as the header is known.
   */
  next(): Buffer | undefined {
    const bytes = this.#bytes;
    const whole = bytes.takePrefixed(this.#maxBytes);
    if (whole !== undefined) return whole;
    const length = claimedBytes(bytes);
    if (length === undefined) return undefined;
    if (length > this.#maxBytes) throw this.tooLarge(length);
    return takeFrame(bytes, length);
  }

  /** The error for a frame of that length. */
  tooLarge(length: number): MessageTooLargeError {
    return new MessageTooLargeError(length, this.#maxBytes, this.#option, 'connection', 'remote');
  }

  /**
   * Takes the first bytes of a frame above the limit, at most so many; undefined while they are
   * missing. `skipRest` has to drop the rest.
   */
  takeStart(length: number, maxBytes: number): Buffer | undefined {
    const startBytes = Math.min(length, maxBytes);
    if (this.#bytes.byteLength < COMPRESSED_HEADER_BYTES + startBytes) return undefined;
    skipPrefix(this.#bytes);
    this.#skippedBytes = startBytes;
    this.#unskippedBytes = length - startBytes;
    return this.#bytes.take(startBytes);
  }

  /** Gathers a large frame that has begun, ahead of `next`. */
  prepare(): void {
    if (this.#unskippedBytes === 0) gatherFrame(this.#bytes, this.#maxBytes);
  }

  /** Drops what has come of the rest. Returns whether that was all of it. */
  skipRest(): boolean {
    if (this.#unskippedBytes === 0) return true;
    const step = Math.min(this.#unskippedBytes, this.#bytes.byteLength);
    this.#bytes.skip(step);
    this.#skippedBytes += step;
    this.#unskippedBytes -= step;
    return this.#unskippedBytes === 0;
  }
}
