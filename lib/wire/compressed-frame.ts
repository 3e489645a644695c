/**
 * The frame around every other frame where a compressor was agreed.
 *
 *     u32 length | the compressor's bytes, which hold exactly one frame
 *
 * Source: Seastar `rpc.cc`, `send_entry` and `read_frame_compressed`.
 */

import type { ByteQueue } from '../base/byte-queue.ts';
import { MessageTooLargeError } from '../errors.ts';
import { describeCut } from './cut-frame.ts';

/** Every compressed frame opens with the length of what follows. */
export const COMPRESSED_HEADER_BYTES = 4;

const NO_HEADER = -1;

/** The most that `bytes` may grow to when they do not compress. */
export function maxCompressedBytes(bytes: number): number {
  return bytes + Math.ceil(bytes / 255) + 1024;
}

/** Cuts the bytes of a queue into compressed frames. Holds no bytes of its own. */
export class CompressedFrameDecoder {
  readonly #bytes: ByteQueue;
  readonly #maxBytes: number;
  readonly #option: string;
  #frameBytes = NO_HEADER;

  /** @param option - names the limit in the error. */
  constructor(bytes: ByteQueue, maxBytes: number, option: string) {
    this.#bytes = bytes;
    this.#maxBytes = maxBytes;
    this.#option = option;
  }

  /** What an end just now would cut: the length or the bytes of a frame; undefined between frames. */
  get cutFrame(): string | undefined {
    const isHeader = this.#frameBytes === NO_HEADER;
    if (isHeader && this.#bytes.byteLength === 0) return undefined;
    return describeCut(
      isHeader,
      isHeader ? COMPRESSED_HEADER_BYTES : this.#frameBytes,
      this.#bytes.byteLength,
    );
  }

  /**
   * The compressor's bytes of the next frame, or undefined while some are missing.
   *
   * @throws MessageTooLargeError as soon as the header is known.
   */
  next(): Buffer | undefined {
    if (this.#frameBytes === NO_HEADER) {
      if (this.#bytes.byteLength < COMPRESSED_HEADER_BYTES) return undefined;
      const length = this.#bytes.peekU32();
      this.#bytes.skip(COMPRESSED_HEADER_BYTES);
      if (length > this.#maxBytes) {
        throw new MessageTooLargeError(
          length,
          this.#maxBytes,
          this.#option,
          'connection',
          'remote',
        );
      }
      this.#frameBytes = length;
    }
    if (this.#bytes.byteLength < this.#frameBytes) return undefined;
    const frame = this.#bytes.take(this.#frameBytes);
    this.#frameBytes = NO_HEADER;
    return frame;
  }
}
