/**
 * A message of our extension beside the calls on a main connection. There it never waits behind the
 * unread messages of a stream.
 *
 *     u8 kind | body
 *
 * Unknown kinds are ignored. `PROTOCOL.md` says what each is for.
 */

import { ProtocolError } from '../errors/errors.ts';
import { checkSender, KEPT_KINDS, KINDS, type Side } from './main-message-kind.ts';
import {
  KIND_BYTES,
  readId,
  readIds,
  readOnly,
  readWord,
  readWords,
  rest,
  withIds,
  withWords,
  WORD_BYTES,
} from './main-message-body.ts';
import {
  decodeSessionMessage,
  encodeSessionMessage,
  type SessionMessage,
} from './session-message.ts';

/** A whole message, whatever limits there are on requests and replies: a document of 64 KiB at the most. */
export const MAX_MAIN_MESSAGE_BYTES: number = KIND_BYTES + WORD_BYTES + 65_536;

/**
 * About a verb's stream, by the id of its child connection. `eos-taken`: the reader has taken its
 * end. `canceled`: the reader wants no more.
 */
export interface ChildMessage {
  readonly kind: 'eos-taken' | 'canceled';
  readonly streamId: bigint;
  /** Whether the session repeats it until it was received: for resumable streams. It is not on the wire. */
  readonly isKept?: boolean;
}

/**
 * From a server, about a value stream that its client has offered, by its number. `stream-open`: the
 * server wants to read it. `stream-taken`: the server's reader has taken its end.
 */
interface ValueStreamMessage {
  readonly kind: 'stream-open' | 'stream-taken';
  readonly number: number;
}

/** A value stream, with a document that says why it can't be opened, or why its reader wants no more. */
interface ValueStreamEnd {
  readonly kind: 'stream-refused' | 'stream-cancel';
  readonly number: number;
  /** BSON, or empty for no reason. */
  readonly reason: Buffer;
}

/**
 * About several value streams. `streams-renew`: the sender may still open them. `streams-progress`:
 * the sender reads them, and asks how much was sent. `streams-sent`: the answer, each number followed
 * by the number of items that were sent, plus 1; or by 0 if the stream does not run.
 */
interface ValueStreamsMessage {
  readonly kind: 'streams-renew' | 'streams-progress' | 'streams-sent';
  readonly numbers: readonly number[];
}

/**
 * About several verbs' streams, by the ids of their child connections. `children-progress`: the
 * sender reads them, and asks how much was sent. `children-sent`: the answer, each id followed by
 * the number of messages that were sent, plus 1; or by 0 if the peer's direction is over.
 */
interface ChildrenMessage {
  readonly kind: 'children-progress' | 'children-sent';
  readonly words: readonly bigint[];
}

/** The caller has given up; the document says why. */
export interface CallCancel {
  readonly kind: 'call-cancel';
  readonly messageId: number;
  /** BSON, or empty for no reason. */
  readonly reason: Buffer;
}

/** Asks whether the peer lives, or says that the sender does. */
export interface PingMessage {
  readonly kind: 'ping' | 'pong';
  /** From 1 on, the same in question and answer; 0 answers nothing. */
  readonly number: number;
}

/** From the server: it takes no new calls, and will close the connection when what is under way has ended. */
export interface GoingAway {
  readonly kind: 'going-away';
  /** Milliseconds that it waits for that at most; undefined for as long as it takes. */
  readonly graceMs: number | undefined;
}

/** A main message as it was read. */
export type MainMessage =
  | ChildMessage
  | ValueStreamMessage
  | ValueStreamEnd
  | ValueStreamsMessage
  | ChildrenMessage
  | CallCancel
  | PingMessage
  | GoingAway
  | SessionMessage;

/** Whether a session keeps the message until the peer has received it, and repeats it on its next connection. */
export function isKept(message: MainMessage): boolean {
  if (message.kind === 'eos-taken' || message.kind === 'canceled') return message.isKept === true;
  return KEPT_KINDS.has(message.kind);
}

/** The message's bytes. */
export function encodeMainMessage(message: MainMessage): Buffer {
  const kind = KINDS[message.kind];
  switch (message.kind) {
    case 'eos-taken':
    case 'canceled':
      return withIds(kind, [message.streamId]);
    case 'stream-open':
    case 'stream-taken':
    case 'ping':
    case 'pong':
      return withWords(kind, [message.number]);
    case 'streams-renew':
    case 'streams-progress':
    case 'streams-sent':
      return withWords(kind, message.numbers);
    case 'children-progress':
    case 'children-sent':
      return withIds(kind, message.words);
    case 'stream-refused':
    case 'stream-cancel':
      return Buffer.concat([withWords(kind, [message.number]), message.reason]);
    case 'call-cancel':
      return Buffer.concat([withWords(kind, [message.messageId]), message.reason]);
    case 'going-away':
      return withWords(kind, message.graceMs === undefined ? [] : [message.graceMs]);
    default:
      return encodeSessionMessage(message);
  }
}

/**
 * Reads a message; undefined for a kind that the version of the connection does not know.
 *
 * @param from - the side that has sent it; undefined to take it from either.
 * @param canResume - whether the connection has version 3, with the kinds of sessions.
 * @throws ProtocolError if it is malformed, or from a side that may not send it.
 */
export function decodeMainMessage(
  bytes: Buffer,
  from?: Side,
  canResume = false,
): MainMessage | undefined {
  const message = decode(bytes) ?? (canResume ? decodeSessionMessage(bytes) : undefined);
  if (message !== undefined && from !== undefined) checkSender(message.kind, from);
  return message;
}

function decode(bytes: Buffer): MainMessage | undefined {
  const first = bytes[0];
  if (first === undefined) throw new ProtocolError('a main message without a kind');
  switch (first) {
    case KINDS['eos-taken']:
      return { kind: 'eos-taken', streamId: readId(bytes) };
    case KINDS.canceled:
      return { kind: 'canceled', streamId: readId(bytes) };
    case KINDS['stream-open']:
      return { kind: 'stream-open', number: readOnly(bytes) };
    case KINDS['stream-refused']:
      return { kind: 'stream-refused', number: readWord(bytes), reason: rest(bytes) };
    case KINDS['stream-cancel']:
      return { kind: 'stream-cancel', number: readWord(bytes), reason: rest(bytes) };
    case KINDS['stream-taken']:
      return { kind: 'stream-taken', number: readOnly(bytes) };
    case KINDS['streams-renew']:
      return { kind: 'streams-renew', numbers: readWords(bytes) };
    case KINDS['streams-progress']:
      return { kind: 'streams-progress', numbers: readWords(bytes) };
    case KINDS['streams-sent']:
      return { kind: 'streams-sent', numbers: readWords(bytes) };
    case KINDS['children-progress']:
      return { kind: 'children-progress', words: readIds(bytes) };
    case KINDS['children-sent']:
      return { kind: 'children-sent', words: readIds(bytes) };
    case KINDS['call-cancel']:
      return { kind: 'call-cancel', messageId: readWord(bytes), reason: rest(bytes) };
    case KINDS.ping:
      return { kind: 'ping', number: readOnly(bytes) };
    case KINDS.pong:
      return { kind: 'pong', number: readOnly(bytes) };
    case KINDS['going-away']:
      return {
        kind: 'going-away',
        graceMs: bytes.length > KIND_BYTES ? readWord(bytes) : undefined,
      };
    default:
      return undefined;
  }
}
