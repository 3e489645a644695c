/**
 * What our extension says on a child connection, in order with its messages.
 *
 *     fe ff ff ff | u32 length | u8 type | body
 *
 * The length counts the type and the body. Types below 128 that are not known are ignored; above
 * they are an error of the stream.
 */

import { ProtocolError } from '../errors/errors.ts';
import { readI64AsNumber, writeI64 } from './integers.ts';

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
  | { readonly type: 'headers' | 'trailers' | 'error'; readonly document: Buffer };

/** The frame's bytes, mark and length included. */
export function encodeLaneFrame(frame: LaneFrame): Buffer {
  const body = 'number' in frame ? wordBytes(frame.number) : frame.document;
  const bytes = Buffer.alloc(LANE_FRAME_HEADER_BYTES + 1 + body.length);
  bytes.writeUInt32LE(LANE_FRAME_MARK, 0);
  bytes.writeUInt32LE(1 + body.length, 4);
  bytes[LANE_FRAME_HEADER_BYTES] = TYPES[frame.type];
  body.copy(bytes, LANE_FRAME_HEADER_BYTES + 1);
  return bytes;
}

/**
 * Reads what stands behind the mark and the length; undefined for a type that may be ignored.
 *
 * @throws ProtocolError if it is malformed, or of a type that may not be ignored.
 */
export function decodeLaneFrame(content: Buffer): LaneFrame | undefined {
  const type = content[0];
  if (type === undefined) throw new ProtocolError('a lane frame without a type', 'stream');
  const body = content.subarray(1);
  switch (type) {
    case TYPES.consume:
      return { type: 'consume', number: readWord(body) };
    case TYPES.produce:
      return { type: 'produce', number: readWord(body) };
    case TYPES.count:
      return { type: 'count', number: readWord(body) };
    case TYPES.headers:
      return { type: 'headers', document: body };
    case TYPES.trailers:
      return { type: 'trailers', document: body };
    case TYPES.error:
      return { type: 'error', document: body };
    default:
      if (type >= FIRST_MANDATORY) {
        throw new ProtocolError(`a lane frame of the unknown type ${type}`, 'stream');
      }
      return undefined;
  }
}

function wordBytes(word: number): Buffer {
  const bytes = Buffer.alloc(WORD_BYTES);
  writeI64(bytes, 0, word);
  return bytes;
}

function readWord(body: Buffer): number {
  const word = body.length === WORD_BYTES ? readI64AsNumber(body, 0) : -1;
  if (Number.isSafeInteger(word) && word >= 0) return word;
  throw new ProtocolError('a malformed lane frame', 'stream');
}
