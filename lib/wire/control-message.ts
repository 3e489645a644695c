/**
 * What our extension says beside the calls on a main connection, so that it never waits behind the
 * unread messages of a stream.
 *
 *     u8 kind | u64 stream id
 *     kind 1: the reader of that stream has taken its end of stream
 *     kind 2: the reader of that stream wants no more of it
 *
 * Unknown kinds are ignored.
 */

import { ProtocolError } from '../errors.ts';

const KINDS = ['eos-taken', 'canceled'] as const;
const MESSAGE_BYTES = 9;

/** A message about the direction of a stream that its sender reads. */
export interface ControlMessage {
  readonly kind: (typeof KINDS)[number];
  readonly streamId: bigint;
}

/** The message's bytes. */
export function encodeControlMessage(message: ControlMessage): Buffer {
  const bytes = Buffer.alloc(MESSAGE_BYTES);
  bytes[0] = KINDS.indexOf(message.kind) + 1;
  bytes.writeBigUInt64LE(message.streamId, 1);
  return bytes;
}

/** Reads a message; undefined for a kind that this version does not know. @throws ProtocolError if it is malformed. */
export function decodeControlMessage(bytes: Buffer): ControlMessage | undefined {
  if (bytes.length === 0) throw new ProtocolError('a control message without a kind');
  const kind = KINDS[bytes.readUInt8(0) - 1];
  if (kind === undefined) return undefined;
  if (bytes.length !== MESSAGE_BYTES) throw new ProtocolError('a malformed control message');
  return { kind, streamId: bytes.readBigUInt64LE(1) };
}
