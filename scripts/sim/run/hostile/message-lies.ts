/** Main messages that nothing has asked for, or that nobody can read. */

import type { MessageLie, MessagesMove } from '../../plan/hostile.ts';
import { mainPayload, u64 } from './frames.ts';

const NO_REASON = Buffer.alloc(0);
const BAD_REASON = Buffer.from('0500000001', 'hex');
const RENEW = 7;
const STREAM_CANCEL = 5;
const UNKNOWN_KIND = 99;
const TOO_LONG_BYTES = 66_000;
const MANY = 300;

function numbers(from: number): number[] {
  return Array.from({ length: MANY }, (_, index) => from + index);
}

function ids(from: number): bigint[] {
  return numbers(from).map(BigInt);
}

const PAYLOADS: Readonly<Record<MessageLie, (number: number) => Buffer>> = {
  'cancel-unknown': (number) => mainPayload({ kind: 'stream-cancel', number, reason: NO_REASON }),
  'cancel-badly': (number) => mainPayload({ kind: 'stream-cancel', number, reason: BAD_REASON }),
  'call-cancel-unknown': (messageId) =>
    mainPayload({ kind: 'call-cancel', messageId, reason: BAD_REASON }),
  'refuse-unknown': (number) => mainPayload({ kind: 'stream-refused', number, reason: NO_REASON }),
  'open-unknown': (number) => mainPayload({ kind: 'stream-open', number }),
  'taken-unknown': (number) => mainPayload({ kind: 'stream-taken', number }),
  'renew-unknown': (number) => mainPayload({ kind: 'streams-renew', numbers: numbers(number) }),
  'eos-unknown': (number) => mainPayload({ kind: 'eos-taken', streamId: BigInt(number) }),
  'canceled-unknown': (number) => mainPayload({ kind: 'canceled', streamId: BigInt(number) }),
  'progress-unknown': (number) =>
    mainPayload({ kind: 'streams-progress', numbers: numbers(number) }),
  'children-unknown': (number) => mainPayload({ kind: 'children-progress', words: ids(number) }),
  'sent-unasked': (number) => mainPayload({ kind: 'streams-sent', numbers: numbers(number) }),
  'children-sent-unasked': (number) => mainPayload({ kind: 'children-sent', words: ids(number) }),
  'pong-unasked': (number) => mainPayload({ kind: 'pong', number }),
  pings: (number) => mainPayload({ kind: 'ping', number }),
  'going-away': (graceMs) => mainPayload({ kind: 'going-away', graceMs }),
  'cut-number': (number) =>
    mainPayload({ kind: 'stream-cancel', number, reason: NO_REASON }).subarray(0, 5),
  'odd-words': (number) =>
    Buffer.concat([Buffer.from([RENEW]), u64(number), Buffer.from([1, 2, 3])]),
  'no-kind': () => Buffer.alloc(0),
  'unknown-kind': (number) => Buffer.concat([Buffer.from([UNKNOWN_KIND]), u64(number)]),
  'too-long': (number) =>
    Buffer.concat([Buffer.from([STREAM_CANCEL]), u64(number), Buffer.alloc(TOO_LONG_BYTES)]),
};

/** The payloads of the messages of a move. */
export function messagePayloads({ lie, times, from }: MessagesMove): Buffer[] {
  return Array.from({ length: times }, (_, index) => PAYLOADS[lie](from + index));
}
