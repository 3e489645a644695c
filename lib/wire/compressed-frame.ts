/**
 * The frame around every other frame where a compressor was agreed.
 *
 *     u32 length | the compressor's bytes, which hold exactly one frame
 *
 * Source: Seastar `rpc.cc`, `send_entry` and `read_frame_compressed`.
 */

import type { ByteQueue } from '../base/byte-queue.ts';
import { MessageTooLargeError } from '../errors/errors.ts';
import { claimedBytes, cutPrefixedFrame, gatherFrame, takeFrame } from './prefixed-frame.ts';

/** Every compressed frame opens with the length of what follows. */
export const COMPRESSED_HEADER_BYTES = 4;

/** The most that `bytes` may grow to when they do not compress. */
export function maxCompressedBytes(bytes: number): number {
  return bytes + Math.ceil(bytes / 255) + 1024;
}

/** Cuts the bytes of a queue into compressed frames. Holds nothing of its own. */
export class CompressedFrameDecoder {
  readonly #bytes: ByteQueue;
  readonly #maxBytes: number;
  readonly #option: string;

  /** @param option - names the limit in the error. */
  constructor(bytes: ByteQueue, maxBytes: number, option: string) {
    this.#bytes = bytes;
    this.#maxBytes = maxBytes;
    this.#option = option;
  }

  /** The part of a frame that an end just now would cut, its length or its bytes; undefined between frames. */
  get cutFrame(): string | undefined {
    return cutPrefixedFrame(this.#bytes);
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
    if (length > this.#maxBytes) {
      throw new MessageTooLargeError(length, this.#maxBytes, this.#option, 'connection', 'remote');
    }
    return takeFrame(bytes, length);
  }

  /** Gathers a large frame that has begun, ahead of `next`. */
  prepare(): void {
    gatherFrame(this.#bytes, this.#maxBytes);
  }
}
