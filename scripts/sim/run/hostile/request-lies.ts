import { encodePlain } from '../../../../lib/document/plain-bson.ts';
import type { RequestLie } from '../../plan/hostile.ts';
import type { EchoOperation, Flow, UpOperation, VerbOperation } from '../../plan/plan.ts';
import { NO_OPERATION } from '../damaged-name.ts';
import { type ClientSession, verbOf } from './client-session.ts';
import { bare, childStream, enveloped, request, tuple, valueStream } from './frames.ts';

const MANY_STREAMS = 1_000;
const UNKNOWN_ID = 77n;
/** Of `VERB_UP`, which tells nobody its number. */
const VERB_UP_NUMBER = 101n;
const OVER_LIMIT = 100_000_000;
const FAR_OVER_LIMIT = 0xffff_ffff;
const PAD = Buffer.alloc(10);

export const ECHO: EchoOperation = {
  id: NO_OPERATION,
  atMs: 0,
  kind: 'echo',
  bytes: 10,
  workMs: 0,
};
const FLOW: Flow = { items: 3, itemBytes: 10, gapMs: 0, readGapMs: 0 };
export const UP: UpOperation = { id: NO_OPERATION, atMs: 0, kind: 'up', flow: FLOW };
const VERB: VerbOperation = { id: NO_OPERATION, atMs: 0, kind: 'verbUp', flow: FLOW };

/** A request of the session, whole and right but for the lie. */
function bytesOf(session: ClientSession, lie: RequestLie): Buffer {
  const messageId = session.nextMessageId;
  const echo = verbOf('echo');
  const right = bare(ECHO, PAD);
  switch (lie) {
    case 'unknown-verb':
      return request(UNKNOWN_ID, messageId, right);
    case 'same-id':
      return Buffer.concat([request(echo, messageId, right), request(echo, messageId, right)]);
    case 'falling-id':
      return Buffer.concat([request(echo, messageId, right), request(echo, 0, right)]);
    case 'negative-id':
      return request(echo, -messageId, right);
    case 'half-header':
      return request(echo, messageId, right).subarray(0, 13);
    case 'half':
      return request(echo, messageId, right).subarray(0, 40);
    case 'too-long':
      return request(echo, messageId, right, OVER_LIMIT);
    case 'far-too-long':
      return request(echo, messageId, right, FAR_OVER_LIMIT);
    case 'empty':
      return request(echo, messageId, Buffer.alloc(0));
    case 'garbage':
      return request(echo, messageId, Buffer.from('00ffffff7f020304', 'hex'));
    case 'long-envelope':
      return request(echo, messageId, Buffer.from('01ffffff7f020304', 'hex'));
    default:
      return withStreams(session, lie, messageId);
  }
}

function withStreams(session: ClientSession, lie: RequestLie, messageId: number): Buffer {
  const down = verbOf('down');
  const operation = { ...UP, kind: 'down' };
  const offer = (lane: bigint, number: number): Buffer =>
    request(down, messageId, enveloped(encodePlain({ o: { lane, number } }), operation));
  switch (lie) {
    case 'unknown-lane':
      return offer(UNKNOWN_ID, 1);
    case 'even-offer':
      return offer(UNKNOWN_ID, 2);
    case 'zero-offer':
      return offer(UNKNOWN_ID, 0);
    case 'same-stream-twice': {
      const stream = valueStream(session.nextNumber);
      return request(verbOf('up'), messageId, bare(UP, stream, stream));
    }
    case 'stream-zero':
      return request(verbOf('up'), messageId, bare(UP, valueStream(0)));
    case 'many-streams': {
      const streams = Array.from({ length: MANY_STREAMS }, () => valueStream(session.nextNumber));
      return request(verbOf('echo'), messageId, bare(ECHO, PAD, streams));
    }
    default:
      return withChildren(lie, messageId, lie === 'main-as-child' ? session.id : UNKNOWN_ID);
  }
}

function withChildren(lie: RequestLie, messageId: number, id: bigint): Buffer {
  const child = childStream(id);
  const payload = lie === 'main-as-child' ? tuple(VERB, child, child) : tuple(VERB, child);
  return request(VERB_UP_NUMBER, messageId, payload);
}

/** Sends a request that breaks a rule. */
export function sendRequestLie(session: ClientSession, lie: RequestLie): void {
  session.main.write(bytesOf(session, lie));
}
