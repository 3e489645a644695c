import { ByteQueue } from '../../base/byte-queue.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { CompressedFrameDecoder, maxCompressedBytes } from '../../wire/compressed-frame.ts';
import type { FrameCounter } from '../../wire/frame-counter.ts';
import type { FrameDecoder } from '../../wire/frame-decoder.ts';

/** Takes compressed frames off what was received, and decompresses them one by one. */
export class Decompression {
  /** The frame at hand, as far as it was not taken. */
  readonly bytes: ByteQueue = new ByteQueue();
  readonly #compressor: Compressor;
  readonly #frames: CompressedFrameDecoder;
  readonly #counter: FrameCounter | undefined;
  readonly #maxFrameBytes: number;

  /** @param counter - counts what was received; it is told what is taken here. */
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

  /** The compressed frame that would be cut if nothing more came, in words; undefined between frames. */
  get cutFrame(): string | undefined {
    return this.#frames.cutFrame;
  }

  /** Gathers a large frame that has begun. */
  prepare(): void {
    this.#frames.prepare();
  }

  /**
   * Puts the next frame that is not empty in place of the one at hand; false while bytes are missing.
   * The rest of the one at hand is dropped, as Seastar does.
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
