import { ByteQueue } from '../../base/byte-queue.ts';
import { offsetFreshRead } from '../../base/fresh-memory.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { CompressedFrameDecoder, maxCompressedBytes } from '../../wire/compressed-frame.ts';
import type { FrameCounter } from '../../wire/frame-counter.ts';
import type { FrameDecoder } from '../../wire/frame-decoder.ts';

/** A compressor finds the header of an oversized frame in so many bytes, or not at all. */
const START_BYTES = 262_144;

/** Takes compressed frames from the received bytes, and decompresses them one by one. */
export class Decompression {
  /** The rest of the current frame. */
  readonly bytes: ByteQueue = new ByteQueue();
  readonly #compressor: Compressor;
  readonly #decoder: FrameDecoder<unknown>;
  readonly #frames: CompressedFrameDecoder;
  readonly #counter: FrameCounter | undefined;
  #isHeaderAlone = false;

  /** @param counter - counts the received frames; it is told which bytes are taken here. */
  constructor(
    received: ByteQueue,
    compressor: Compressor,
    decoder: FrameDecoder<unknown>,
    counter: FrameCounter | undefined,
  ) {
    this.#compressor = compressor;
    this.#counter = counter;
    this.#decoder = decoder;
    const maxBytes = maxCompressedBytes(decoder.maxFrameBytes);
    this.#frames = new CompressedFrameDecoder(received, maxBytes, decoder.option);
  }

  /**
   * The compressed frame that would be cut if no more bytes came, in words; undefined between
   * frames.
   */
  get cutFrame(): string | undefined {
    return this.#frames.cutFrame;
  }

  /** Whether the current frame is above the limit, so that no more than its header is there. */
  get isHeaderAlone(): boolean {
    return this.#isHeaderAlone;
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
    this.#isHeaderAlone = false;
    while (this.bytes.byteLength === 0) {
      if (!this.#frames.skipRest()) return false;
      const length = this.#frames.oversizedBytes;
      if (length !== undefined) return this.#takeOversized(length);
      const payload = this.#frames.next();
      if (payload === undefined) return false;
      this.#counter?.takeAny();
      this.bytes.append(this.#decompress(payload));
    }
    return true;
  }

  /** Returns false while bytes are missing. */
  #takeOversized(length: number): boolean {
    const { skippable } = this.#decoder;
    const error = this.#frames.tooLarge(length);
    if (!skippable || length > maxCompressedBytes(skippable.maxSkippedBytes)) throw error;
    const start = this.#frames.takeStart(length, START_BYTES);
    if (start === undefined) return false;
    this.bytes.append(this.#headerIn(start, length, error));
    return true;
  }

  #decompress(payload: Buffer): Buffer {
    try {
      const frame = this.#compressor.decompress(payload, this.#decoder.maxFrameBytes);
      offsetFreshRead(frame.length);
      return frame;
    } catch (error) {
      return this.#headerIn(payload, payload.length, error);
    }
  }

  /**
   * The header of a frame that its reader refuses by it. `start` is what there is of `length` bytes.
   *
   * @throws the error where the frame is not above the limit by its header.
   */
  #headerIn(start: Buffer, length: number, error: unknown): Buffer {
    const { skippable, maxFrameBytes } = this.#decoder;
    if (skippable === undefined) throw error;
    const header = this.#startOf(start, skippable.headerBytes);
    if (header === undefined) throw error;
    const claimedBytes = skippable.claimedBytes(header);
    const isPlausible = length <= maxCompressedBytes(claimedBytes);
    if (claimedBytes <= maxFrameBytes || !isPlausible) throw error;
    this.#isHeaderAlone = true;
    return header;
  }

  #startOf(payload: Buffer, bytes: number): Buffer | undefined {
    try {
      const start = this.#compressor.decompressStart?.(payload.subarray(0, START_BYTES), bytes);
      return start === undefined || start.length < bytes ? undefined : start.subarray(0, bytes);
    } catch {
      return undefined;
    }
  }
}
