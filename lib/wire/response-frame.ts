/**
 * A reply, on a main connection, from server to client.
 *
 *     i64 message id | u32 length | [u32 handler duration in us, if agreed; not counted in length] | payload
 *
 * A negative message id marks an exception. Source: Seastar `rpc.cc`, `response_frame`.
 */

import type { ReceivedBytes } from '../base/received-bytes.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { readU32, writeU32 } from '../base/int32.ts';
import { HeadedFrameDecoder } from './headed-frame.ts';
import { readI64AsNumber, writeI64 } from './integers.ts';

const BARE_HEADER_BYTES = 12;
const DURATION_BYTES = 4;

/** This duration means: not measured. */
export const UNMEASURED_DURATION = 0xffff_ffff;

/** The header in front of a reply's payload. */
export interface ResponseHeader {
  readonly messageId: number;
  readonly payloadBytes: number;
  /** The handler's time in microseconds; undefined when it was not measured or not agreed. */
  readonly durationUs: number | undefined;
}

/** Bytes of a reply's header. */
export function responseHeaderBytes(hasDuration: boolean): number {
  return hasDuration ? BARE_HEADER_BYTES + DURATION_BYTES : BARE_HEADER_BYTES;
}

/** Fills the header of the frame that `out` has begun; its payload has been written. */
export function patchResponseHeader(
  out: ByteWriter,
  hasDuration: boolean,
  header: { readonly messageId: number; readonly durationUs: number | undefined },
): void {
  const { buffer, offset } = out.frameHeader;
  writeI64(buffer, offset, header.messageId);
  writeU32(buffer, offset + 8, out.frameBytes - responseHeaderBytes(hasDuration));
  if (!hasDuration) return;
  const durationUs = Math.min(header.durationUs ?? UNMEASURED_DURATION, UNMEASURED_DURATION);
  writeU32(buffer, offset + BARE_HEADER_BYTES, durationUs);
}

/** Takes a reply's header off the front, or returns undefined while bytes are missing. */
export function takeResponseHeader(
  bytes: ReceivedBytes,
  hasDuration: boolean,
): ResponseHeader | undefined {
  const headerBytes = responseHeaderBytes(hasDuration);
  if (bytes.byteLength < headerBytes) return undefined;
  const header = bytes.take(headerBytes);
  const durationUs = hasDuration ? readU32(header, BARE_HEADER_BYTES) : UNMEASURED_DURATION;
  return {
    messageId: readI64AsNumber(header, 0),
    payloadBytes: readU32(header, 8),
    durationUs: durationUs === UNMEASURED_DURATION ? undefined : durationUs,
  };
}

/** Cuts replies: each header, then its payload. A header is not judged, whatever its length. */
export function makeResponseDecoder(
  hasDuration: boolean,
  maxPayloadBytes: number,
  maxSkippedPayloadBytes: number,
): HeadedFrameDecoder<ResponseHeader> {
  return new HeadedFrameDecoder({
    headerBytes: responseHeaderBytes(hasDuration),
    maxFrameBytes: responseHeaderBytes(true) + maxPayloadBytes,
    maxSkippedBytes: responseHeaderBytes(true) + maxSkippedPayloadBytes,
    option: 'maxReplyBytes',
    takeHeader: (bytes) => takeResponseHeader(bytes, hasDuration),
  });
}
