/**
 * The lane frames of version 3 of our extension, for streams that can be resumed. `lane-frame.ts` has
 * what stands around them.
 *
 *     mark       7   document
 *     skipped    8   u64 items
 *     sum        9   u64 items | u32 CRC-32
 *     retained 128   u64 first index | u64 window bytes | u32 window items | u32 ack period | u8 flags
 *     resume   129   as in resume-point.ts
 */

import { ProtocolError } from '../errors/errors.ts';
import { readPosition, writeI64 } from './integers.ts';
import {
  readResumePoint,
  RESUME_POINT_BYTES,
  type ResumePoint,
  writeResumePoint,
} from './resume-point.ts';

const TYPES = { mark: 7, skipped: 8, sum: 9, retained: 128, resume: 129 } as const;
const SKIPPED_BYTES = 8;
const SUM_BYTES = 12;
const RETAINED_BYTES = 25;
const FLAGS = { isManual: 1, isRealTime: 2, canResume: 4 } as const;

/** From the producer, ahead of everything else: the terms of the stream from here on. */
export interface RetainedFrame {
  readonly type: 'retained';
  /** The index of the first item that follows, from the stream's start. */
  readonly firstIndex: number;
  /** Bytes of items that may be sent and not acknowledged, from 1. */
  readonly windowBytes: number;
  /** Items that may be so; 0 for as many as the bytes allow. */
  readonly windowItems: number;
  /** Items after which an acknowledgement is due; 0 for none of its own. */
  readonly ackPeriod: number;
  /** The producer wishes that the consumer's code acknowledges by itself. */
  readonly isManual: boolean;
  /** Items may be left out. */
  readonly isRealTime: boolean;
  /** The producer keeps what is sent until it is taken. */
  readonly canResume: boolean;
}

/** A lane frame of a resumable stream, as it was read. A document is a view. */
export type ResumableFrame =
  /** From the producer: the cursor behind the items so far. */
  | { readonly type: 'mark'; readonly document: Buffer }
  /** From the producer: the items that were left out so far. */
  | { readonly type: 'skipped'; readonly items: number }
  /** From the producer: the checksum of the items so far. */
  | { readonly type: 'sum'; readonly items: number; readonly crc32: number }
  | RetainedFrame
  /** From the dialing side, on an idle lane: the accepting side is to go on sending a stream. */
  | ({ readonly type: 'resume' } & ResumePoint);

/** The type's number and the body. */
export function encodeResumable(frame: ResumableFrame): [type: number, body: Buffer] {
  return [TYPES[frame.type], bodyOf(frame)];
}

function bodyOf(frame: ResumableFrame): Buffer {
  switch (frame.type) {
    case 'mark':
      return frame.document;
    case 'skipped': {
      const body = Buffer.alloc(SKIPPED_BYTES);
      writeI64(body, 0, frame.items);
      return body;
    }
    case 'sum': {
      const body = Buffer.alloc(SUM_BYTES);
      writeI64(body, 0, frame.items);
      body.writeUInt32LE(frame.crc32, 8);
      return body;
    }
    case 'retained':
      return retainedBody(frame);
    case 'resume': {
      const body = Buffer.alloc(RESUME_POINT_BYTES);
      writeResumePoint(body, 0, frame);
      return body;
    }
  }
}

function retainedBody(frame: RetainedFrame): Buffer {
  const body = Buffer.alloc(RETAINED_BYTES);
  writeI64(body, 0, frame.firstIndex);
  writeI64(body, 8, frame.windowBytes);
  body.writeUInt32LE(frame.windowItems, 16);
  body.writeUInt32LE(frame.ackPeriod, 20);
  if (frame.isManual) body[24]! |= FLAGS.isManual;
  if (frame.isRealTime) body[24]! |= FLAGS.isRealTime;
  if (frame.canResume) body[24]! |= FLAGS.canResume;
  return body;
}

/**
 * Reads a frame; undefined for another type.
 *
 * @throws ProtocolError of the stream for a malformed body, of the connection for a position from
 *   2^53 on.
 */
export function decodeResumable(type: number, body: Buffer): ResumableFrame | undefined {
  switch (type) {
    case TYPES.mark:
      return { type: 'mark', document: body };
    case TYPES.skipped:
      checkBody(body.length === SKIPPED_BYTES);
      return { type: 'skipped', items: readPosition(body, 0) };
    case TYPES.sum:
      checkBody(body.length === SUM_BYTES);
      return { type: 'sum', items: readPosition(body, 0), crc32: body.readUInt32LE(8) };
    case TYPES.retained:
      checkBody(body.length === RETAINED_BYTES);
      return readRetained(body);
    case TYPES.resume: {
      checkBody(body.length === RESUME_POINT_BYTES);
      return { type: 'resume', ...readResumePoint(body, 0) };
    }
    default:
      return undefined;
  }
}

function readRetained(body: Buffer): RetainedFrame {
  const windowBytes = readPosition(body, 8);
  checkBody(windowBytes > 0);
  const flags = body.readUInt8(24);
  return {
    type: 'retained',
    firstIndex: readPosition(body, 0),
    windowBytes,
    windowItems: body.readUInt32LE(16),
    ackPeriod: body.readUInt32LE(20),
    isManual: (flags & FLAGS.isManual) !== 0,
    isRealTime: (flags & FLAGS.isRealTime) !== 0,
    canResume: (flags & FLAGS.canResume) !== 0,
  };
}

function checkBody(isRight: boolean): void {
  if (!isRight) throw new ProtocolError('a malformed lane frame', 'stream');
}
