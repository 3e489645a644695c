/**
 * A message on a child connection, in either direction.
 *
 *     u32 length | payload          a message; it may be empty
 *     ff ff ff ff                   end of stream
 *     fe ff ff ff | …               a lane frame, on lanes only: see `lane-frame.ts`
 *
 * Source: Seastar `rpc.cc`, `stream_frame`.
 */

import type { ReceivedBytes } from '../base/received-bytes.ts';
import { MessageTooLargeError } from '../errors/errors.ts';
import type { FrameDecoder } from './frame-decoder.ts';
import { claimedBytes, cutPrefixedFrame, skipPrefix, takeFrame } from './prefixed-frame.ts';

/** Every stream frame opens with its payload's length. */
export const STREAM_HEADER_BYTES = 4;

/** This length is none: it marks the end of the sender's half. */
export const EOS_LENGTH = 0xffff_ffff;

/** The largest payload that a length can say without being taken for a mark. */
export const MAX_STREAM_PAYLOAD_BYTES = 0xffff_fff0;

/** A decoder returns this in place of a payload at the end of the stream. */
export const EOS: unique symbol = Symbol('end of stream');

/** The bytes that say end of stream. */
export function encodeEos(): Buffer {
  return Buffer.from([0xff, 0xff, 0xff, 0xff]);
}

/** Cuts messages and the end of stream. Holds no bytes. */
export class StreamFrameDecoder implements FrameDecoder<typeof EOS> {
  readonly maxPrefixedBytes: number;
  readonly maxFrameBytes: number;
  readonly option = 'maxStreamMessageBytes';
  readonly scope = 'stream';
  readonly isInFrame = false;

  constructor(maxPayloadBytes: number) {
    this.maxPrefixedBytes = maxPayloadBytes;
    this.maxFrameBytes = STREAM_HEADER_BYTES + maxPayloadBytes;
  }

  cutFrame(bytes: ReceivedBytes): string | undefined {
    return cutPrefixedFrame(bytes);
  }

  /** @throws MessageTooLargeError as soon as the header is known. */
  next(bytes: ReceivedBytes): Buffer | typeof EOS | undefined {
    const length = claimedBytes(bytes);
    if (length === undefined) return undefined;
    if (length === EOS_LENGTH) {
      skipPrefix(bytes);
      return EOS;
    }
    const limit = this.maxPrefixedBytes;
    if (length <= limit) return takeFrame(bytes, length);
    throw new MessageTooLargeError(length, limit, this.option, this.scope, 'remote');
  }
}
