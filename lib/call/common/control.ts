/**
 * How control messages travel: towards the server as a request of a reserved verb without a reply,
 * towards the client, which gets no requests, as a reply with message id 0.
 */

import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import { type ControlMessage, encodeControlMessage } from '../../wire/control-message.ts';
import { patchRequestHeader, requestHeaderBytes } from '../../wire/request-frame.ts';
import { patchResponseHeader, responseHeaderBytes } from '../../wire/response-frame.ts';

/** The verb that control messages have towards a server; users' verbs can't have it. */
export const CONTROL_VERB = 0x534c_5543_0000_0001n;
/** The message id that control messages have towards a client; calls count from 1. */
export const CONTROL_MESSAGE_ID = 0;

/** Sends a control message to the server. The message id keeps ids rising. */
export function sendControlToServer(
  writer: FrameWriter,
  hasTimeout: boolean,
  messageId: number,
  message: ControlMessage,
): void {
  const out = writer.beginFrame(requestHeaderBytes(hasTimeout));
  out.append(encodeControlMessage(message));
  patchRequestHeader(out, hasTimeout, { timeoutMs: 0, verb: CONTROL_VERB, messageId });
  writer.endFrame();
}

/** Sends a control message to the client. */
export function sendControlToClient(
  writer: FrameWriter,
  hasDuration: boolean,
  message: ControlMessage,
): void {
  const out = writer.beginFrame(responseHeaderBytes(hasDuration));
  out.append(encodeControlMessage(message));
  patchResponseHeader(out, hasDuration, { messageId: CONTROL_MESSAGE_ID, durationUs: undefined });
  writer.endFrame();
}
