import { ByteQueue } from '../base/byte-queue.ts';
import type { Compressor } from '../compression/compressor.ts';
import { CompressedFrameDecoder, maxCompressedBytes } from '../wire/compressed-frame.ts';
import { describeCut } from '../wire/cut-frame.ts';

/**
 * The bytes of requests or replies, ready to be parsed: as they came, or decompressed frame by frame.
 */
export class Inbound {
  readonly #received = new ByteQueue();
  readonly #compressor: Compressor | undefined;
  readonly #frames: CompressedFrameDecoder | undefined;
  readonly #maxFrameBytes: number;

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

  /** Whether frames come whole: one that is cut short is an error and not just incomplete. */
  get isFramed(): boolean {
    return this.#frames !== undefined;
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

  push(chunk: Buffer): void {
    this.#received.append(chunk);
  }

  /** Whether there is something to parse; decompresses the next frame where there is a compressor. */
  advance(): boolean {
    while (this.#frames !== undefined && this.bytes.byteLength === 0) {
      const payload = this.#frames.next();
      if (payload === undefined) return false;
      this.bytes.append(this.#compressor!.decompress(payload, this.#maxFrameBytes));
    }
    return this.bytes.byteLength > 0;
  }

  /** The frame at hand has been parsed; what a compressed one had behind it is dropped, as Seastar does. */
  endFrame(): void {
    if (this.isFramed) this.bytes.clear();
  }
}
