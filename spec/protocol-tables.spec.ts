import { Double, Int32, Long, serialize } from 'bson';
import { expect } from 'chai';

import { decodeCancel, MAX_CANCEL_DOCUMENT_BYTES } from '../lib/document/cancel-document.ts';
import { MAX_ERROR_DOCUMENT_BYTES } from '../lib/document/error-document.ts';
import { decodeExtension, encodeExtension } from '../lib/connection/handshake/extension.ts';
import { Prover } from '../lib/connection/handshake/proof.ts';
import { isRpcError } from '../lib/errors/rpc-error.ts';
import { stream, type Verb } from '../lib/index.ts';
import { bson } from '../lib/layout.ts';
import { decodeRequestEnvelope, MAX_ENVELOPE_BYTES } from '../lib/service/frame/envelope.ts';
import { MAX_NAME_LENGTH, methodName, methodVerb } from '../lib/service/frame/method-name.ts';
import { KEPT_REPLY_MS } from '../lib/call/client/reply-reader.ts';
import { LaneFrameDecoder, MAX_LANE_FRAME_BYTES } from '../lib/wire/lane-frame.ts';
import { decodeMainMessage, MAX_MAIN_MESSAGE_BYTES } from '../lib/wire/main-message.ts';
import { MAX_ACKS } from '../lib/wire/acks.ts';
import { RECEIVED_BYTES, RECEIVED_FRAMES } from '../lib/wire/frame-positions.ts';
import { MAX_PENDING_CALLS } from '../lib/wire/session-message.ts';
import type { Side } from '../lib/wire/main-message-kind.ts';
import {
  MAX_FEATURES,
  MAX_NEGOTIATION_BYTES,
  NegotiationDecoder,
} from '../lib/wire/negotiation-frame.ts';
import { toU64 } from '../lib/wire/integers.ts';
import { ReplySerializer } from '../lib/service/frame/reply-serializer.ts';
import { RequestSerializer } from '../lib/service/frame/request-serializer.ts';
import { EXAMPLE_NONCES, EXAMPLE_SESSION } from './support/example-session.ts';
import { hex } from './support/chunks.ts';
import { queueOf } from './support/feed.ts';
import { rowsOf } from './support/markdown-blocks.ts';
import { rejectionOf } from './support/rejection.ts';
import { withServer } from './support/with-server.ts';

/** Reads the bytes of a violation as the side that gets them does. */
const READERS: Readonly<Record<string, (bytes: Buffer, from: Side) => unknown>> = {
  'a negotiation': (bytes) => {
    const decoder = new NegotiationDecoder();
    decoder.push(bytes);
    return decoder.next();
  },
  'the record': (bytes) => decodeExtension(bytes),
  'a main message': decodeMainMessage,
  'a lane frame': (bytes) => new LaneFrameDecoder(1_024).next(queueOf(bytes)),
  'the record of version 3': (bytes) => decodeExtension(bytes, 3),
  'a main message of version 3': (bytes, from) => decodeMainMessage(bytes, from, true),
  'a lane frame of version 3': (bytes) => new LaneFrameDecoder(1_024, true).next(queueOf(bytes)),
};

const PROOF = decodeExtension(
  encodeExtension({
    version: 2,
    proof: new Prover(EXAMPLE_SESSION, 1n, EXAMPLE_NONCES).prove('child'),
  }),
).proof;

const RESUME = { sid: EXAMPLE_SESSION.id, id: 1, r: 0 };

/** Whether a reader takes a value of a field in a document. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  '`v` of the record': (v) => isTaken(() => decodeExtension(bytesOf({ v }))),
  '`c` of a proof': (c) =>
    isTaken(() => decodeExtension(bytesOf({ v: 2, proof: { c, n: PROOF?.nonce, h: PROOF?.mac } }))),
  '`lane` of an offer': (lane) => isTaken(() => envelopeOf({ o: { lane, number: 1 } })),
  '`number` of an offer': (number) =>
    isTaken(() => envelopeOf({ o: { lane: Long.fromNumber(1), number } })),
  '`s` of an envelope': (s) => isTaken(() => envelopeOf({ s })),
  '`id` of a resume': (id) =>
    isTaken(() => decodeExtension(bytesOf({ v: 3, resume: { ...RESUME, id } }), 3)),
  '`r` of a resume': (r) =>
    isTaken(() => decodeExtension(bytesOf({ v: 3, resume: { ...RESUME, r } }), 3)),
  '`keep` of the record': (keep) => isTaken(() => decodeExtension(bytesOf({ v: 3, keep }), 3)),
  '`attempt` of a child': (attempt) =>
    isTaken(() => decodeExtension(bytesOf({ v: 3, stream: { id: 1, taken: 0, attempt } }), 3)),
  '`taken` of a cancel': (taken) =>
    decodeCancel(bytesOf({ 0: { path: [], taken } })).takenItems !== undefined,
};

const FORMS: Readonly<Record<string, (value: number) => unknown>> = {
  int32: (value) => new Int32(value),
  int64: (value) => Long.fromNumber(value),
  double: (value) => new Double(value),
};

const FIXED_LIMITS: Readonly<Record<string, string>> = {
  'records of a negotiation frame': `${shown(MAX_NEGOTIATION_BYTES)} bytes, ${MAX_FEATURES} records`,
  'main message': `${shown(MAX_MAIN_MESSAGE_BYTES)} bytes`,
  'an error, and the reason of a cancel with its path': `${shown(MAX_ERROR_DOCUMENT_BYTES)} bytes, ${shown(MAX_CANCEL_DOCUMENT_BYTES)} bytes`,
  'ids of `calls-pending`, acknowledgements together': `${shown(MAX_PENDING_CALLS)}, ${shown(MAX_ACKS)}`,
  'time from a kept reply to its `received`': `${shown(KEPT_REPLY_MS)} ms`,
  'frames and bytes received before a `received`': `${shown(RECEIVED_FRAMES)}, ${shown(RECEIVED_BYTES)}`,
  'type and body of a lane frame': `${shown(MAX_LANE_FRAME_BYTES)} bytes`,
  'envelope of a service call': `${shown(MAX_ENVELOPE_BYTES)} bytes`,
  "name of a service, part of a method's path": `${MAX_NAME_LENGTH} UTF-16 units`,
};

describe('the tables of PROTOCOL.md', () => {
  const rows = rowsOf('PROTOCOL.md');
  const violations = rows.filter(([, where = '']) => Object.hasOwn(READERS, where));

  for (const [from = '', where = '', bytes = '', mistake = '', ended = ''] of violations) {
    it(`${where} with ${mistake} from the ${from} (${bytes}) ends ${ended}`, () => {
      expect(
        endedBy(() => READERS[where]?.(hex(bytes.replaceAll('`', '')), from as Side)),
      ).to.equal(ended);
    });
  }

  it('has violations of each kind of frame', () => {
    const kinds = new Set(violations.map(([, where]) => where));
    expect([...kinds]).to.have.members(Object.keys(READERS));
    expect(violations.length).to.be.above(20);
  });

  for (const [field, isRead] of Object.entries(FIELDS)) {
    it(`${field} is read in the forms that are listed, and in no other`, () => {
      const row = rows.find(([name]) => name === field);
      const listed = row?.[1] ?? '';
      for (const [form, make] of Object.entries(FORMS)) {
        expect(isRead(make(5)), form).to.equal(listed.includes(form));
      }
      expect(isRead('5')).to.equal(false);
      if (row?.[2]?.includes('from 1') === true) expect(isRead(new Int32(0))).to.equal(false);
      if (row?.[2]?.includes('whole') === true) expect(isRead(new Double(1.5))).to.equal(false);
      if (row?.[2] === 'above 0') expect(isRead(new Double(0))).to.equal(false);
      if (row?.[2] === 'from 0' || row?.[2] === 'whole, from 0')
        expect([0, -1].map((n) => isRead(new Int32(n)))).to.deep.equal([true, false]);
    });
  }

  it('a service call of a client without the extension is served, and fails as text', async () => {
    await withServer({ client: { extension: false } }, async ({ client, server }) => {
      server.expose('store', {
        get: (key: string) => `value of ${key}`,
        fail: () => {
          throw new RangeError('no such page');
        },
        list: () => stream([1]),
      });
      const call = (path: string): Promise<unknown> =>
        client.call(plainVerb(path), undefined, ['k']);
      expect(await call('get')).to.equal('value of k');
      const failed = await rejectionOf(call('fail'));
      expect([failed.code, failed.message]).to.deep.equal(['ERR_REMOTE', 'no such page']);
      const listed = await rejectionOf(call('list'));
      expect([listed.code, listed.message.includes('a stream in a value')]).to.deep.equal([
        'ERR_REMOTE',
        true,
      ]);
    });
  });

  it('has the limits that the code has', () => {
    for (const [subject, limit] of Object.entries(FIXED_LIMITS)) {
      const told = rows.filter(([name]) => name === subject).map(([, value]) => value);
      expect(told, subject).to.include(limit);
    }
  });
});

function shown(number: number): string {
  return number.toLocaleString('en-US');
}

function bytesOf(document: object): Buffer {
  return Buffer.from(serialize(document));
}

/** An envelope is a tuple of one document. */
function envelopeOf(fields: object): unknown {
  return decodeRequestEnvelope(bytesOf({ 0: fields }), 1_024);
}

function isTaken(read: () => unknown): boolean {
  return endedBy(read) === 'nothing';
}

function endedBy(read: () => unknown): string {
  try {
    read();
    return 'nothing';
  } catch (error) {
    if (isRpcError(error)) return `the ${error.scope}`;
    throw error;
  }
}

/** A method's verb as another program could declare it, which need not know the extension. */
function plainVerb(path: string): Verb<(envelope: undefined, args: unknown[]) => unknown> {
  const name = methodName('store', path);
  const number = toU64(methodVerb(name));
  const args = new RequestSerializer(bson, 1_024);
  return { number, args, result: new ReplySerializer(bson), isNoWait: false };
}
