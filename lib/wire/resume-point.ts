/**
 * Where a consumer goes on reading a resumable stream. The body of the main message `stream-resume`
 * and of the lane frame `resume` alike:
 *
 *     u64 number | u64 taken | u64 acknowledged | u32 attempt
 */

import { readPosition, writeI64 } from './integers.ts';

export const RESUME_POINT_BYTES = 28;

/** The most that an attempt can be. */
export const MAX_ATTEMPT = 0xffff_ffff;

/** The consumer's positions, which count items from the stream's start. */
export interface ResumePoint {
  /** The stream's. */
  readonly number: number;
  /** The items that were handed to the consumer's code: the producer goes on with the next. */
  readonly taken: number;
  /** Of those, the items that the consumer is done with. */
  readonly acknowledged: number;
  /** Counts the consumer's resumes of this stream from 1. A lower one than the last is stale. */
  readonly attempt: number;
}

/** Writes the point's bytes, for which there must be room. */
export function writeResumePoint(bytes: Buffer, at: number, point: ResumePoint): void {
  writeI64(bytes, at, point.number);
  writeI64(bytes, at + 8, point.taken);
  writeI64(bytes, at + 16, point.acknowledged);
  bytes.writeUInt32LE(point.attempt, at + 24);
}

/**
 * Reads the point's bytes, which must be there. How the positions stand to each other is left to the
 * stream, as it alone fails by them.
 *
 * @throws ProtocolError of the connection for a position from 2^53 on.
 */
export function readResumePoint(bytes: Buffer, at: number): ResumePoint {
  return {
    number: readPosition(bytes, at),
    taken: readPosition(bytes, at + 8),
    acknowledged: readPosition(bytes, at + 16),
    attempt: bytes.readUInt32LE(at + 24),
  };
}
