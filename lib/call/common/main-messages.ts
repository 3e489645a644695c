/**
 * The transport of main messages. Towards the server, a main message is a request of a reserved
 * verb, without a reply. Towards the client, which gets no requests, it is a reply with message id
 * 0.
 */

import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import { type MainMessage, encodeMainMessage } from '../../wire/main-message.ts';
import { patchRequestHeader, requestHeaderBytes } from '../../wire/request-frame.ts';
import { patchResponseHeader, responseHeaderBytes } from '../../wire/response-frame.ts';

/** The verb of main messages towards a server; users can't define a verb with this number. */
export const MAIN_MESSAGE_VERB = 0x534c_5543_0000_0001n;
/** The message id of main messages towards a client; calls count from 1. */
export const MAIN_MESSAGE_ID = 0;

/** Sends a main message to the server. It uses up a message id, because ids have to rise. */
export function sendMainMessageToServer(
  writer: FrameWriter,
  hasTimeout: boolean,
  messageId: number,
  message: MainMessage,
): void {
  writer.writeFilled(requestHeaderBytes(hasTimeout), (out) => {
    out.append(encodeMainMessage(message));
    patchRequestHeader(out, hasTimeout, { timeoutMs: 0, verb: MAIN_MESSAGE_VERB, messageId });
  });
}

/** Sends a main message to the client. */
export function sendMainMessageToClient(
  writer: FrameWriter,
  hasDuration: boolean,
  message: MainMessage,
): void {
  writer.writeFilled(responseHeaderBytes(hasDuration), (out) => {
    out.append(encodeMainMessage(message));
    patchResponseHeader(out, hasDuration, { messageId: MAIN_MESSAGE_ID, durationUs: undefined });
  });
}
