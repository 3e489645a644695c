import { ByteQueue } from '../../base/byte-queue.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { CompressedFrameDecoder, maxCompressedBytes } from '../../wire/compressed-frame.ts';
import type { FrameCounter } from '../../wire/frame-counter.ts';
import type { FrameDecoder } from '../../wire/frame-decoder.ts';

/** Takes compressed frames from the received bytes, and decompresses them one by one. */
export class Decompression {
  /** The rest of the current frame. */
  readonly bytes: ByteQueue = new ByteQueue();
  readonly #compressor: Compressor;
  readonly #frames: CompressedFrameDecoder;
  readonly #counter: FrameCounter | undefined;
  readonly #maxFrameBytes: number;

  /** @param counter - counts the received frames; it is told which bytes are taken here. */
  constructor(
    received: ByteQueue,
    compressor: Compressor,
    { maxFrameBytes, option }: FrameDecoder<unknown>,
    counter: FrameCounter | undefined,
  ) {
    this.#compressor = compressor;
    this.#counter = counter;
    this.#maxFrameBytes = maxFrameBytes;
    this.#frames = new CompressedFrameDecoder(received, maxCompressedBytes(maxFrameBytes), option);
  }

  /**
   * The compressed frame that would be cut if no more bytes came, in words; undefined between
   * frames.
   */
  get cutFrame(): string | undefined {
    return this.#frames.cutFrame;
  }

  /** Gathers the bytes of a large frame that has begun. */
  prepare(): void {
    this.#frames.prepare();
  }

  /**
   * Puts the next frame that is not empty in place of the current one; returns false while bytes
   * are missing. The rest of the current frame is dropped, as in Seastar.
   *
   * @throws CompressionError or MessageTooLargeError.
   */
  advance(): boolean {
    if (this.bytes.byteLength > 0) this.bytes.clear();
    while (this.bytes.byteLength === 0) {
      const payload = this.#frames.next();
      if (payload === undefined) return false;
      this.#counter?.takeAny();
      this.bytes.append(this.#compressor.decompress(payload, this.#maxFrameBytes));
    }
    return true;
  }
}
