/** Reads the frames that an honest end sends to a hostile peer. */

import { LaneFrameDecoder, type LaneFrame } from '../../../../lib/wire/lane-frame.ts';
import { decodeMainMessage, type MainMessage } from '../../../../lib/wire/main-message.ts';
import { type RequestHeader, takeRequestHeader } from '../../../../lib/wire/request-frame.ts';
import { type ResponseHeader, takeResponseHeader } from '../../../../lib/wire/response-frame.ts';
import type { EOS } from '../../../../lib/wire/stream-frame.ts';
import { MAIN_VERB } from './frames.ts';
import type { TakeFrame } from './raw-socket.ts';

const MAX_ITEM_BYTES = 100_000_000;

/** Reads what a server sends on a main connection. */
export function takeReplies(
  onMessage: (message: MainMessage) => void,
  onReply: (messageId: number, payload: Buffer) => void,
): TakeFrame {
  let header: ResponseHeader | undefined;
  return (bytes) => {
    header ??= takeResponseHeader(bytes, false);
    if (header === undefined || bytes.byteLength < header.payloadBytes) return false;
    const { messageId, payloadBytes } = header;
    header = undefined;
    const payload = bytes.take(payloadBytes);
    const message = messageId === 0 ? decodeMainMessage(payload) : undefined;
    if (message !== undefined) onMessage(message);
    else if (messageId !== 0) onReply(messageId, payload);
    return true;
  };
}

/** Reads what a client sends on a main connection. */
export function takeRequests(
  onMessage: (message: MainMessage) => void,
  onRequest: (messageId: number, verb: bigint, payload: Buffer) => void,
): TakeFrame {
  let header: RequestHeader | undefined;
  return (bytes) => {
    header ??= takeRequestHeader(bytes, false);
    if (header === undefined || bytes.byteLength < header.payloadBytes) return false;
    const { messageId, verb, payloadBytes } = header;
    header = undefined;
    const payload = bytes.take(payloadBytes);
    if (BigInt(verb) !== MAIN_VERB) onRequest(messageId, BigInt(verb), payload);
    else {
      const message = decodeMainMessage(payload);
      if (message !== undefined) onMessage(message);
    }
    return true;
  };
}

/** Reads a lane. */
export function takeLaneFrames(
  onFrame: (frame: Buffer | typeof EOS | LaneFrame) => void,
): TakeFrame {
  const decoder = new LaneFrameDecoder(MAX_ITEM_BYTES, true);
  return (bytes) => {
    const frame = decoder.next(bytes);
    if (frame !== undefined) onFrame(frame);
    return frame !== undefined;
  };
}
