import { AckBatch } from '../../lib/wire/acks.ts';
import type { MainMessage } from '../../lib/wire/main-message.ts';

const NOTHING = Buffer.alloc(0);

/** No stream has this number, and no child this id. */
const NOBODYS = 98;
const NOBODYS_ID = 98n;

function acks(): MainMessage[] {
  const [streams, children] = [new AckBatch('stream-ack'), new AckBatch('child-ack')];
  streams.add(NOBODYS, 1, 1);
  children.addChild(NOBODYS_ID, 1, 1);
  return [streams.take(), children.take()];
}

/** One message of each kind that both sides may send at any time; none of them is about anything there is. */
const OF_BOTH: readonly MainMessage[] = [
  { kind: 'ping', number: 1 },
  { kind: 'pong', number: 0 },
  { kind: 'received', position: 0 },
  { kind: 'eos-taken', streamId: NOBODYS_ID },
  { kind: 'canceled', streamId: NOBODYS_ID },
  { kind: 'stream-cancel', number: NOBODYS, reason: NOTHING },
  { kind: 'streams-renew', numbers: [NOBODYS] },
  { kind: 'streams-progress', numbers: [NOBODYS] },
  { kind: 'streams-sent', numbers: [NOBODYS, 0] },
  { kind: 'children-progress', words: [NOBODYS_ID] },
  { kind: 'children-sent', words: [NOBODYS_ID, 0n] },
  { kind: 'stream-done', number: NOBODYS },
  ...acks(),
];

/** The same of a server. */
export const SERVER_MESSAGES: readonly MainMessage[] = [
  ...OF_BOTH,
  { kind: 'stream-open', number: NOBODYS },
  { kind: 'stream-taken', number: NOBODYS },
  { kind: 'stream-resume', number: NOBODYS, taken: 0, acknowledged: 0, attempt: 1 },
  { kind: 'child-parted', streamId: NOBODYS_ID, attempt: 0 },
];

/** The same of a client. */
export const CLIENT_MESSAGES: readonly MainMessage[] = [
  ...OF_BOTH,
  { kind: 'stream-refused', number: NOBODYS, reason: NOTHING },
  { kind: 'call-cancel', messageId: NOBODYS, reason: NOTHING },
  { kind: 'stream-parted', number: NOBODYS, attempt: 0 },
];
