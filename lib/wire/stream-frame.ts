/**
 * A message on a child connection, in either direction.
 *
 *     u32 length | payload          a message; it may be empty
 *     ff ff ff ff                   end of stream
 *
 * Source: Seastar `rpc.cc`, `stream_frame`.
 */

import type { ByteQueue } from '../base/byte-queue.ts';
import { MessageTooLargeError, ProtocolError } from '../errors.ts';
import {
  claimedBytes,
  cutPrefixedFrame,
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
    return cutPrefixedFrame(this.#bytes);
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

  /** Gathers a large message that has begun, ahead of `next`. */
  prepare(): void {
    gatherFrame(this.#bytes, this.#maxPayloadBytes);
  }
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
