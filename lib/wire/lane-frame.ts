/**
 * A frame of our extension on a lane, in order with the messages there.
 *
 *     fe ff ff ff | u32 length | u8 type | body
 *
 * The length counts the type and the body. Types below 128 that are not known are ignored; above
 * they are an error of the stream.
 */

import type { ReceivedBytes } from '../base/received-bytes.ts';
import { ProtocolError } from '../errors/errors.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { readI64AsNumber, readPosition, writeI64 } from './integers.ts';
import { claimedBytes, describeCut } from './prefixed-frame.ts';
import { decodeResumable, encodeResumable, type ResumableFrame } from './resumable-frame.ts';
import { type EOS, StreamFrameDecoder } from './stream-frame.ts';

/** A length that is none: it marks a lane frame. */
export const LANE_FRAME_MARK = 0xffff_fffe;

/** Of type and body together. */
export const MAX_LANE_FRAME_BYTES = 65_536;

/** The mark and the length. */
export const LANE_FRAME_HEADER_BYTES = 8;

const TYPES = {
  /** From the client: the server is to send the stream of that number, which it offered. */
  consume: 1,
  /** From the client: what follows is the stream of that number, which the client offered. */
  produce: 2,
  /** From the producer, ahead of the first message: a document of metadata. */
  headers: 3,
  /** From the producer, behind the last message: a document of metadata. */
  trailers: 4,
  /** From the producer, behind the last message: the stream failed, with a document that says how. */
  error: 5,
  /** From the producer, directly ahead of end of stream: how many messages there were. */
  count: 6,
} as const;

const WORD_BYTES = 8;
const FIRST_MANDATORY = 128;

/** A lane frame as it was read; its body is a view. */
export type LaneFrame =
  | { readonly type: 'consume' | 'produce'; readonly number: number }
  | { readonly type: 'count'; readonly number: number }
  | { readonly type: 'headers' | 'trailers' | 'error'; readonly document: Buffer }
  | ResumableFrame;

/** The frame's bytes, mark and length included. */
export function encodeLaneFrame(frame: LaneFrame): Buffer {
  const [type, body] = contentOf(frame);
  const bytes = Buffer.alloc(LANE_FRAME_HEADER_BYTES + 1 + body.length);
  bytes.writeUInt32LE(LANE_FRAME_MARK, 0);
  bytes.writeUInt32LE(1 + body.length, 4);
  bytes[LANE_FRAME_HEADER_BYTES] = type;
  body.copy(bytes, LANE_FRAME_HEADER_BYTES + 1);
  return bytes;
}

function contentOf(frame: LaneFrame): [type: number, body: Buffer] {
  switch (frame.type) {
    case 'consume':
    case 'produce':
    case 'count':
      return [TYPES[frame.type], wordBytes(frame.number)];
    case 'headers':
    case 'trailers':
    case 'error':
      return [TYPES[frame.type], frame.document];
    default:
      return encodeResumable(frame);
  }
}

/**
 * Reads what stands behind the mark and the length; undefined for a type that may be ignored.
 *
 * @param canResume - whether the connection has version 3, with the types of resumable streams.
 * @throws ProtocolError if it is malformed, or of a type that may not be ignored. Its scope is the
 *   connection for a position from 2^53 on.
 */
export function decodeLaneFrame(content: Buffer, canResume = false): LaneFrame | undefined {
  const type = content[0];
  if (type === undefined) throw new ProtocolError('a lane frame without a type', 'stream');
  const body = content.subarray(1);
  switch (type) {
    case TYPES.consume:
      return { type: 'consume', number: readWord(body) };
    case TYPES.produce:
      return { type: 'produce', number: readWord(body) };
    case TYPES.count:
      return { type: 'count', number: canResume ? readCount(body) : readWord(body) };
    case TYPES.headers:
      return { type: 'headers', document: body };
    case TYPES.trailers:
      return { type: 'trailers', document: body };
    case TYPES.error:
      return { type: 'error', document: body };
    default: {
      const frame = canResume ? decodeResumable(type, body) : undefined;
      if (frame !== undefined || type < FIRST_MANDATORY) return frame;
      throw new ProtocolError(`a lane frame of the unknown type ${type}`, 'stream');
    }
  }
}

/** Whether it is a lane frame, and neither a message nor an end of stream. */
export function isLaneFrame(frame: unknown): frame is LaneFrame {
  // By a load, which takes a fraction of what `in` does on a Buffer (`service.item`).
  return (frame as Partial<LaneFrame>).type !== undefined;
}

/** Cuts lane frames, messages and the end of stream. Types that may be ignored are passed over. Holds no bytes. */
export class LaneFrameDecoder implements FrameDecoder<typeof EOS | LaneFrame> {
  readonly maxPrefixedBytes: number;
  readonly maxFrameBytes: number;
  readonly option: string;
  readonly scope = 'stream';
  readonly isInFrame = false;
  readonly #messages: StreamFrameDecoder;
  readonly #canResume: boolean;

  /**
   * @param maxPayloadBytes - of a message; lane frames have a limit of their own.
   * @param canResume - whether the connection has version 3.
   */
  constructor(maxPayloadBytes: number, canResume = false) {
    this.#canResume = canResume;
    this.#messages = new StreamFrameDecoder(maxPayloadBytes);
    this.maxPrefixedBytes = maxPayloadBytes;
    this.maxFrameBytes = Math.max(
      this.#messages.maxFrameBytes,
      LANE_FRAME_HEADER_BYTES + MAX_LANE_FRAME_BYTES,
    );
    this.option = this.#messages.option;
  }

  cutFrame(bytes: ReceivedBytes): string | undefined {
    if (claimedBytes(bytes) !== LANE_FRAME_MARK) return this.#messages.cutFrame(bytes);
    const { byteLength } = bytes;
    if (byteLength < LANE_FRAME_HEADER_BYTES) {
      return describeCut(true, LANE_FRAME_HEADER_BYTES, byteLength);
    }
    return describeCut(false, claimedContent(bytes), byteLength - LANE_FRAME_HEADER_BYTES);
  }

  /** @throws MessageTooLargeError as soon as a message's header is known, ProtocolError for a lane frame that is malformed. */
  next(bytes: ReceivedBytes): Buffer | typeof EOS | LaneFrame | undefined {
    if (claimedBytes(bytes) !== LANE_FRAME_MARK) return this.#messages.next(bytes);
    if (bytes.byteLength < LANE_FRAME_HEADER_BYTES) return undefined;
    const length = claimedContent(bytes);
    if (length > MAX_LANE_FRAME_BYTES) {
      throw new ProtocolError(`a lane frame of ${length} bytes`, 'stream');
    }
    if (bytes.byteLength < LANE_FRAME_HEADER_BYTES + length) return undefined;
    bytes.skip(LANE_FRAME_HEADER_BYTES);
    return decodeLaneFrame(bytes.takeToKeep(length), this.#canResume);
  }
}

/** The length that the lane frame at the front claims to have. Its header must be there. */
function claimedContent(bytes: ReceivedBytes): number {
  return bytes.peek(LANE_FRAME_HEADER_BYTES).readUInt32LE(LANE_FRAME_HEADER_BYTES - 4);
}

function wordBytes(word: number): Buffer {
  const bytes = Buffer.alloc(WORD_BYTES);
  writeI64(bytes, 0, word);
  return bytes;
}

/** In version 3 it is a position: one from 2^53 on ends the connection. */
function readCount(body: Buffer): number {
  if (body.length !== WORD_BYTES) throw new ProtocolError('a malformed lane frame', 'stream');
  return readPosition(body, 0);
}

function readWord(body: Buffer): number {
  const word = body.length === WORD_BYTES ? readI64AsNumber(body, 0) : -1;
  if (Number.isSafeInteger(word) && word >= 0) return word;
  throw new ProtocolError('a malformed lane frame', 'stream');
}
