import { ByteQueue } from '../../base/byte-queue.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { CompressedFrameDecoder, maxCompressedBytes } from '../../wire/compressed-frame.ts';
import { FrameCounter } from '../../wire/frame-counter.ts';
import {
  LANE_FRAME_HEADER_BYTES,
  LANE_FRAME_MARK,
  type LaneFrame,
  MAX_LANE_FRAME_BYTES,
} from '../../wire/lane-frame.ts';
import {
  decodeWholeLaneFrame,
  decodeWholeStreamFrame,
  type EOS,
  STREAM_HEADER_BYTES,
  StreamFrameDecoder,
} from '../../wire/stream-frame.ts';

/**
 * The bytes that a stream has received and its messages have not been read from. Frames are cut and
 * decompressed only when they are taken, so that an unread stream costs its bytes and nothing else.
 */
export class StreamFrameReader {
  readonly #bytes = new ByteQueue();
  readonly #plain: StreamFrameDecoder;
  readonly #compressed: CompressedFrameDecoder;
  readonly #maxMessageBytes: number;
  /** Of a frame that comes out of the compressor, header included. */
  readonly #maxFrameBytes: number;
  readonly #counter: FrameCounter | undefined;
  readonly #compressor: Compressor | undefined;
  #takenFrames = 0;

  /**
   * @param isCounting - whether `heldFrames` is wanted; it costs a look at every length prefix.
   * @param hasLaneFrames - whether `nextOrControl` will be used, whose frames have a limit of their own.
   */
  constructor(
    maxMessageBytes: number,
    compressor: Compressor | undefined,
    isCounting: boolean,
    hasLaneFrames: boolean = false,
  ) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#maxFrameBytes = Math.max(
      maxMessageBytes + STREAM_HEADER_BYTES,
      hasLaneFrames ? MAX_LANE_FRAME_BYTES + LANE_FRAME_HEADER_BYTES : 0,
    );
    this.#compressor = compressor;
    this.#plain = new StreamFrameDecoder(this.#bytes, maxMessageBytes);
    this.#compressed = new CompressedFrameDecoder(
      this.#bytes,
      maxCompressedBytes(this.#maxFrameBytes - STREAM_HEADER_BYTES),
      'maxStreamMessageBytes',
    );
    this.#counter = isCounting ? new FrameCounter() : undefined;
  }

  /** Bytes received and not taken. */
  get heldBytes(): number {
    return this.#bytes.byteLength;
  }

  /** Whole frames received and not taken; 0 where they are not counted. */
  get heldFrames(): number {
    return this.#counter === undefined ? 0 : this.#counter.frames - this.#takenFrames;
  }

  /** What an end just now would cut, in words; undefined between frames. To be asked when all whole frames are taken. */
  get cutFrame(): string | undefined {
    return this.#compressor === undefined ? this.#plain.cutFrame : this.#compressed.cutFrame;
  }

  push(chunk: Buffer): void {
    this.#counter?.push(chunk);
    this.#bytes.append(chunk);
  }

  /** Where the rest of a large frame goes that has begun; undefined where the place does not matter. */
  readInto(): Buffer | undefined {
    if (this.#compressor === undefined) this.#plain.prepare();
    else this.#compressed.prepare();
    return this.#bytes.readInto();
  }

  /** Drops everything that was received. */
  clear(): void {
    this.#bytes.clear();
  }

  /**
   * The next message, end of stream, or undefined while bytes are missing.
   *
   * @throws MessageTooLargeError, ProtocolError or CompressionError; the bytes are of no use afterwards.
   */
  next(): Buffer | typeof EOS | undefined {
    const frame =
      this.#compressor === undefined ? this.#plain.next() : this.#nextCompressed(this.#compressor);
    if (frame !== undefined) this.#takenFrames++;
    return frame;
  }

  /** As `next`, on a connection that has lane frames as well. */
  nextOrControl(): Buffer | typeof EOS | LaneFrame | undefined {
    const frame =
      this.#compressor === undefined
        ? this.#plain.nextOrControl()
        : this.#nextCompressedOrControl(this.#compressor);
    if (frame !== undefined && !isLaneFrame(frame)) this.#takenFrames++;
    return frame;
  }

  /** Appends the messages that can be had at once as views; `next` finds what is left. */
  takeWhole(into: Buffer[]): void {
    if (this.#compressor !== undefined) return;
    const before = into.length;
    for (let frame; (frame = this.#plain.nextWhole()) !== undefined;) into.push(frame);
    this.#takenFrames += into.length - before;
  }

  #nextCompressed(compressor: Compressor): Buffer | typeof EOS | undefined {
    const frame = this.#decompressNext(compressor);
    return frame && decodeWholeStreamFrame(frame, this.#maxMessageBytes);
  }

  #nextCompressedOrControl(compressor: Compressor): Buffer | typeof EOS | LaneFrame | undefined {
    for (;;) {
      const frame = this.#decompressNext(compressor);
      if (frame === undefined) return undefined;
      if (frame.length < STREAM_HEADER_BYTES || frame.readUInt32LE(0) !== LANE_FRAME_MARK) {
        return decodeWholeStreamFrame(frame, this.#maxMessageBytes);
      }
      // Compressed frames are counted whatever is in them.
      this.#takenFrames++;
      const control = decodeWholeLaneFrame(frame);
      if (control !== undefined) return control;
    }
  }

  /** The next frame with content: those without pass between the compressors. */
  #decompressNext(compressor: Compressor): Buffer | undefined {
    for (;;) {
      const payload = this.#compressed.next();
      if (payload === undefined) return undefined;
      const frame = compressor.decompress(payload, this.#maxFrameBytes);
      if (frame.length > 0) return frame;
      this.#takenFrames++;
    }
  }
}

/** Whether it is a lane frame, and neither a message nor an end of stream. */
export function isLaneFrame(frame: Buffer | typeof EOS | LaneFrame): frame is LaneFrame {
  // By a load, which takes a fraction of what `in` does on a Buffer (`service.item`).
  return (frame as Partial<LaneFrame>).type !== undefined;
}
