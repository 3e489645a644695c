import { ByteQueue } from '../../base/byte-queue.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { ProtocolError } from '../../errors/errors.ts';
import { CompressedFrameDecoder, maxCompressedBytes } from '../../wire/compressed-frame.ts';
import { describeCut } from '../../wire/prefixed-frame.ts';

/**
 * The bytes of requests or replies, ready to be parsed: as they came, or decompressed frame by frame.
 */
export class Inbound {
  readonly #received = new ByteQueue();
  readonly #compressor: Compressor | undefined;
  readonly #frames: CompressedFrameDecoder | undefined;
  readonly #maxFrameBytes: number;
  /** Bytes still to come of a payload that is not wanted. */
  #skipBytes = 0;

  /** What to parse: with a compressor just the frame at hand, else all that came. */
  readonly bytes: ByteQueue;

  /**
   * @param maxFrameBytes - the largest plain frame, header included.
   * @param option - names the limit in errors.
   */
  constructor(compressor: Compressor | undefined, maxFrameBytes: number, option: string) {
    this.#compressor = compressor;
    this.#maxFrameBytes = maxFrameBytes;
    if (compressor === undefined) {
      this.bytes = this.#received;
      return;
    }
    this.bytes = new ByteQueue();
    this.#frames = new CompressedFrameDecoder(
      this.#received,
      maxCompressedBytes(maxFrameBytes),
      option,
    );
  }

  /**
   * What an end just now would cut, in words; undefined between frames.
   *
   * @param headerBytes - what a frame's header has.
   * @param payloadBytes - what the frame at hand has, once its header is read.
   */
  cutFrame(headerBytes: number, payloadBytes: number | undefined): string | undefined {
    const held = this.bytes.byteLength;
    if (payloadBytes !== undefined) return describeCut(false, payloadBytes, held);
    return held > 0 ? describeCut(true, headerBytes, held) : this.#frames?.cutFrame;
  }

  /** Bytes came; the chunk belongs to this from now on. */
  push(chunk: Buffer): void {
    this.#received.append(chunk);
  }

  /**
   * Whether there is something to parse; decompresses the next frame where there is a compressor.
   *
   * @throws CompressionError, MessageTooLargeError, or ProtocolError for a frame that ends too soon.
   */
  advance(): boolean {
    if (this.#skipBytes > 0 && !this.#skip()) return false;
    while (this.#frames !== undefined && this.bytes.byteLength === 0) {
      const payload = this.#frames.next();
      if (payload === undefined) return false;
      // Frames are cut only where there is a compressor.
      this.bytes.append(this.#compressor!.decompress(payload, this.#maxFrameBytes));
    }
    return this.bytes.byteLength > 0;
  }

  /** The payload of the frame at hand, which ends with it; undefined while bytes are missing. @throws as `incomplete`. */
  takePayload(byteLength: number): Buffer | undefined {
    if (this.bytes.byteLength < byteLength) {
      this.incomplete();
      return undefined;
    }
    const payload = this.bytes.take(byteLength);
    this.#endFrame();
    return payload;
  }

  /** Drops the payload of the frame at hand, by and by in `advance`. */
  skipPayload(byteLength: number): void {
    this.#skipBytes = byteLength;
    if (byteLength === 0) this.#endFrame();
  }

  /** Bytes are missing. Compressed frames come whole: one that ends too soon is an error. @throws ProtocolError */
  incomplete(): false {
    if (this.#frames === undefined) return false;
    throw new ProtocolError('a compressed frame holds less than one frame');
  }

  #skip(): boolean {
    const step = Math.min(this.#skipBytes, this.bytes.byteLength);
    this.bytes.skip(step);
    this.#skipBytes -= step;
    if (this.#skipBytes > 0) return this.incomplete();
    this.#endFrame();
    return true;
  }

  /** What a compressed frame has behind what was parsed is dropped, as Seastar does. */
  #endFrame(): void {
    if (this.#frames !== undefined) this.bytes.clear();
  }
}
