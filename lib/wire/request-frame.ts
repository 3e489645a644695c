/**
 * A request, on a main connection, from client to server.
 *
 *     [u64 timeout in ms, if TIMEOUT was agreed; 0 = none] | u64 verb | i64 message id | u32 length | payload
 *
 * Source: Seastar `rpc.cc`, `request_frame` and `request_frame_with_timeout`.
 */

import type { ReceivedBytes } from '../base/received-bytes.ts';
import type { ByteWriter } from '../base/byte-writer.ts';
import { readU32, writeU32 } from '../base/int32.ts';
import { HeadedFrameDecoder } from './headed-frame.ts';
import { readI64AsNumber, readU64, type U64, writeI64, writeU64 } from './integers.ts';

const TIMEOUT_BYTES = 8;
const BARE_HEADER_BYTES = 20;

/** The header in front of a request's payload. */
export interface RequestHeader {
  /** Milliseconds that were left when the frame was written; 0 = no limit. */
  readonly timeoutMs: U64;
  readonly verb: U64;
  readonly messageId: number;
  readonly payloadBytes: number;
}

/** Bytes of a request's header. */
export function requestHeaderBytes(hasTimeout: boolean): number {
  return hasTimeout ? TIMEOUT_BYTES + BARE_HEADER_BYTES : BARE_HEADER_BYTES;
}

/** Fills the header of the frame that `out` has begun; its payload has been written. */
export function patchRequestHeader(
  out: ByteWriter,
  hasTimeout: boolean,
  header: { readonly timeoutMs: number; readonly verb: U64; readonly messageId: number },
): void {
  const { buffer, offset } = out.frameHeader;
  let at = offset;
  if (hasTimeout) {
    writeI64(buffer, at, header.timeoutMs);
    at += TIMEOUT_BYTES;
  }
  writeU64(buffer, at, header.verb);
  writeI64(buffer, at + 8, header.messageId);
  writeU32(buffer, at + 16, out.frameBytes - requestHeaderBytes(hasTimeout));
}

/** Takes a request's header off the front, or returns undefined while bytes are missing. */
export function takeRequestHeader(
  bytes: ReceivedBytes,
  hasTimeout: boolean,
): RequestHeader | undefined {
  const headerBytes = requestHeaderBytes(hasTimeout);
  if (bytes.byteLength < headerBytes) return undefined;
  const header = bytes.take(headerBytes);
  const at = hasTimeout ? TIMEOUT_BYTES : 0;
  return {
    timeoutMs: hasTimeout ? readU64(header, 0) : 0,
    verb: readU64(header, at),
    messageId: readI64AsNumber(header, at + 8),
    payloadBytes: readU32(header, at + 16),
  };
}

/** Cuts requests: each header, then its payload. A header is not judged, whatever its length. */
export function makeRequestDecoder(
  hasTimeout: boolean,
  maxPayloadBytes: number,
  maxSkippedPayloadBytes: number,
): HeadedFrameDecoder<RequestHeader> {
  return new HeadedFrameDecoder({
    headerBytes: requestHeaderBytes(hasTimeout),
    maxFrameBytes: requestHeaderBytes(true) + maxPayloadBytes,
    maxSkippedBytes: requestHeaderBytes(true) + maxSkippedPayloadBytes,
    option: 'maxRequestBytes',
    takeHeader: (bytes) => takeRequestHeader(bytes, hasTimeout),
  });
}
