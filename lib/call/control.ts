/**
 * What our extension sends beside the calls on a main connection, so that it never waits behind the
 * unread messages of a stream.
 *
 *     u8 kind | kind 1: u64 stream id       the reader of that stream has taken its end of stream
 *
 * Towards the server it is a request of a reserved verb without a reply, towards the client, which
 * gets no requests, a reply with message id 0. Unknown kinds are ignored.
 */

import type { FrameWriter } from '../connection/frame-writer.ts';
import { ProtocolError } from '../errors.ts';
import { patchRequestHeader, requestHeaderBytes } from '../wire/request-frame.ts';
import { patchResponseHeader, responseHeaderBytes } from '../wire/response-frame.ts';

/** The verb that control messages have towards a server; users' verbs can't have it. */
export const CONTROL_VERB = 0x534c_5543_0000_0001n;
/** The message id that control messages have towards a client; calls count from 1. */
export const CONTROL_MESSAGE_ID = 0;

const EOS_TAKEN = 1;
const EOS_TAKEN_BYTES = 9;

/** A control message. */
export type Control = { readonly kind: 'eos-taken'; readonly streamId: bigint };

/** Reads a control message; undefined for a kind that this version does not know. */
export function decodeControl(payload: Buffer): Control | undefined {
  if (payload.length === 0) throw new ProtocolError('a control message without a kind');
  if (payload[0] !== EOS_TAKEN) return undefined;
  if (payload.length !== EOS_TAKEN_BYTES) throw new ProtocolError('a malformed control message');
  return { kind: 'eos-taken', streamId: payload.readBigUInt64LE(1) };
}

/** Tells the server that our reader has taken the end of stream. The message id keeps ids rising. */
export function sendEosTakenToServer(
  writer: FrameWriter,
  hasTimeout: boolean,
  messageId: number,
  streamId: bigint,
): void {
  const out = writer.beginFrame(requestHeaderBytes(hasTimeout));
  out.append(encodeEosTaken(streamId));
  patchRequestHeader(out, hasTimeout, { timeoutMs: 0, verb: CONTROL_VERB, messageId });
  writer.endFrame();
}

/** Tells the client that our reader has taken the end of stream. */
export function sendEosTakenToClient(
  writer: FrameWriter,
  hasDuration: boolean,
  streamId: bigint,
): void {
  const out = writer.beginFrame(responseHeaderBytes(hasDuration));
  out.append(encodeEosTaken(streamId));
  patchResponseHeader(out, hasDuration, { messageId: CONTROL_MESSAGE_ID, durationUs: undefined });
  writer.endFrame();
}

function encodeEosTaken(streamId: bigint): Buffer {
  const body = Buffer.alloc(EOS_TAKEN_BYTES);
  body[0] = EOS_TAKEN;
  body.writeBigUInt64LE(streamId, 1);
  return body;
}
