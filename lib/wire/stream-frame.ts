/**
 * A message on a child connection, in either direction.
 *
 *     u32 length | payload          a message; it may be empty
 *     ff ff ff ff                   end of stream
 *     fe ff ff ff | …               a lane frame, where our extension carries value streams
 *
 * Source: Seastar `rpc.cc`, `stream_frame`.
 */

import type { ByteQueue } from '../base/byte-queue.ts';
import { MessageTooLargeError, ProtocolError } from '../errors/errors.ts';
import {
  LANE_FRAME_HEADER_BYTES,
  LANE_FRAME_MARK,
  type LaneFrame,
  decodeLaneFrame,
  MAX_LANE_FRAME_BYTES,
} from './lane-frame.ts';
import {
  claimedBytes,
  cutPrefixedFrame,
  describeCut,
  dropPrefix,
  gatherFrame,
  takeFrame,
} from './prefixed-frame.ts';

/** Every stream frame opens with its payload's length. */
export const STREAM_HEADER_BYTES = 4;

/** This length is none: it marks the end of the sender's half. */
export const EOS_LENGTH = 0xffff_ffff;

/** The largest payload that a length can say without being taken for a mark. */
export const MAX_STREAM_PAYLOAD_BYTES = 0xffff_fff0;

/** What a decoder returns in place of a payload at the end of the stream. */
export const EOS: unique symbol = Symbol('end of stream');

/** The bytes that say end of stream. */
export function encodeEos(): Buffer {
  return Buffer.from([0xff, 0xff, 0xff, 0xff]);
}

/** Cuts the bytes of a queue into messages. Holds nothing of its own: bytes stay in the queue until a message is whole. */
export class StreamFrameDecoder {
  readonly #bytes: ByteQueue;
  readonly #maxPayloadBytes: number;

  constructor(bytes: ByteQueue, maxPayloadBytes: number) {
    this.#bytes = bytes;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** What an end just now would cut: the length or the bytes of a frame; undefined between frames. */
  get cutFrame(): string | undefined {
    const bytes = this.#bytes;
    if (claimedBytes(bytes) !== LANE_FRAME_MARK) return cutPrefixedFrame(bytes);
    const { byteLength } = bytes;
    if (byteLength < LANE_FRAME_HEADER_BYTES) {
      return describeCut(true, LANE_FRAME_HEADER_BYTES, byteLength);
    }
    const length = bytes.peek(LANE_FRAME_HEADER_BYTES).readUInt32LE(LANE_FRAME_HEADER_BYTES - 4);
    return describeCut(false, length, byteLength - LANE_FRAME_HEADER_BYTES);
  }

  /** The next payload if it lies whole in the first chunk: a view, quickly. Undefined leaves it to `next`. */
  nextWhole(): Buffer | undefined {
    return this.#bytes.takePrefixed(this.#maxPayloadBytes);
  }

  /**
   * The next payload, a view where it does not span chunks; EOS; or undefined while bytes are missing.
   *
   * @throws MessageTooLargeError as soon as the header is known.
   */
  next(): Buffer | typeof EOS | undefined {
    const bytes = this.#bytes;
    const whole = bytes.takePrefixed(this.#maxPayloadBytes);
    if (whole !== undefined) return whole;
    const length = claimedBytes(bytes);
    if (length === undefined) return undefined;
    if (length === EOS_LENGTH) {
      dropPrefix(bytes);
      return EOS;
    }
    checkLength(length, this.#maxPayloadBytes);
    return takeFrame(bytes, length);
  }

  /**
   * As `next`, on a connection that has lane frames as well; those of unknown types are passed over.
   *
   * @throws ProtocolError for a lane frame that is malformed.
   */
  nextOrControl(): Buffer | typeof EOS | LaneFrame | undefined {
    // Most frames are messages that lie whole in the first chunk.
    const whole = this.#bytes.takePrefixed(this.#maxPayloadBytes);
    if (whole !== undefined) return whole;
    for (;;) {
      if (claimedBytes(this.#bytes) !== LANE_FRAME_MARK) return this.next();
      const content = takeLaneFrame(this.#bytes);
      const frame = content && decodeLaneFrame(content);
      if (content === undefined || frame !== undefined) return frame;
    }
  }

  /** Gathers a large message that has begun, ahead of `next`. */
  prepare(): void {
    gatherFrame(this.#bytes, this.#maxPayloadBytes);
  }
}

/** The content of the lane frame at the front; undefined while bytes are missing. */
function takeLaneFrame(bytes: ByteQueue): Buffer | undefined {
  if (bytes.byteLength < LANE_FRAME_HEADER_BYTES) return undefined;
  const length = laneFrameLength(bytes.peek(LANE_FRAME_HEADER_BYTES));
  if (bytes.byteLength < LANE_FRAME_HEADER_BYTES + length) return undefined;
  bytes.skip(LANE_FRAME_HEADER_BYTES);
  return bytes.take(length);
}

/** The same of a frame that came whole, as compressors give it. */
export function decodeWholeLaneFrame(frame: Buffer): LaneFrame | undefined {
  const start = LANE_FRAME_HEADER_BYTES;
  const length = frame.length < start ? Infinity : laneFrameLength(frame);
  if (length > frame.length - start) throw new ProtocolError('a lane frame is cut', 'stream');
  return decodeLaneFrame(frame.subarray(start, start + length));
}

function laneFrameLength(header: Buffer): number {
  const length = header.readUInt32LE(LANE_FRAME_HEADER_BYTES - 4);
  if (length <= MAX_LANE_FRAME_BYTES) return length;
  throw new ProtocolError(`a lane frame of ${length} bytes`, 'stream');
}

/** The message in a frame that came whole, as compressors give it; what is behind it is dropped, as Seastar does. */
export function decodeWholeStreamFrame(
  frame: Buffer,
  maxPayloadBytes: number,
): Buffer | typeof EOS {
  if (frame.length < STREAM_HEADER_BYTES) {
    throw new ProtocolError(`a stream frame of ${frame.length} bytes`, 'stream');
  }
  const length = frame.readUInt32LE(0);
  if (length === EOS_LENGTH) return EOS;
  checkLength(length, maxPayloadBytes);
  if (length > frame.length - STREAM_HEADER_BYTES) {
    throw new ProtocolError(`a message of ${length} bytes in a frame of ${frame.length}`, 'stream');
  }
  return frame.subarray(STREAM_HEADER_BYTES, STREAM_HEADER_BYTES + length);
}

function checkLength(length: number, limit: number): void {
  if (length > limit) {
    throw new MessageTooLargeError(length, limit, 'maxStreamMessageBytes', 'stream', 'remote');
  }
}
