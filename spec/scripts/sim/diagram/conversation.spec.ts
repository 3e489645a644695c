import { expect } from 'chai';

import { lz4 } from '../../../../lib/compression/lz4.ts';
import { FEATURE } from '../../../../lib/wire/feature.ts';
import {
  readConversation,
  type SeenConversation,
  type SentBytes,
} from '../../../../scripts/sim/diagram/decode/conversation.ts';
import type { SeenFrame, WireNames } from '../../../../scripts/sim/diagram/decode/frame.ts';
import {
  negotiation,
  replyBytes,
  requestBytes,
  u32le,
  u64le,
} from '../../../support/wire-bytes.ts';
import { bytesOf, stepsOf } from '../../../vectors/steps.ts';
import { readExtensionVectors } from '../../../vectors/extension-vectors.ts';

const { conversations } = readExtensionVectors(2);
const ID = [FEATURE.CONNECTION_ID, u64le(7)] as const;

describe('the frames of a connection, as a diagram has them', () => {
  it('are those of a service call whose result is a stream', () => {
    const [main, lane] = recorded('service-streams');
    expect(told(main?.toListener)).to.deep.equal([
      'negotiation: negotiation v2 timeout duration',
      'request: call 1 verb 8071c34da493ec56',
      'request: call 2 verb 8071c34da493ec56',
    ]);
    expect(told(main?.toDialer)).to.deep.equal([
      'negotiation: negotiation v2 id …030201 timeout duration session',
      'reply: reply 1 verb 8071c34da493ec56',
      'reply: reply 2 verb 8071c34da493ec56',
    ]);
    expect(main?.toDialer[1]?.detail).to.equal('<stream 2>');
    expect(lane?.kind).to.equal('lane');
    expect(told(lane?.toListener).slice(1)).to.deep.equal(['lane: consume 2']);
    expect(told(lane?.toDialer).slice(1, 7)).to.deep.equal([
      'lane: headers',
      'item: item 12 B',
      'item: item 12 B',
      'lane: trailers',
      'lane: count 2',
      'eos: end of stream',
    ]);
    expect(lane?.toDialer.map(({ detail }) => detail).slice(1, 5)).to.deep.equal([
      '{from: "1"}',
      '1',
      '2',
      '{to: "2"}',
    ]);
  });

  it('are those of a stream that a call names, on a child connection', () => {
    const [main, child] = recorded('stream-of-a-verb');
    expect(told(main?.toListener).slice(1)).to.deep.equal([
      'request: call 1 verb 9',
      'main: eos-taken …3b3a39',
    ]);
    expect(child?.kind).to.equal('child');
    expect(told(child?.toDialer).slice(1)).to.deep.equal(['item: item 5 B', 'eos: end of stream']);
  });

  it('are main messages by their names, with the reasons of cancels', () => {
    const [canceled] = recorded('call-canceled');
    const { text, detail } = canceled?.toListener.at(-1) ?? {};
    expect(text).to.equal('call-cancel 1');
    expect(detail).to.equal('{reason: "found elsewhere", path: []}');
    const [leaving] = recorded('going-away');
    expect(told(leaving?.toDialer).at(-1)).to.equal('main: going-away 1000 ms');
  });

  it('have the names of verbs and values where these are known', () => {
    const [main, lane] = recorded('service-streams', {
      verb: () => 'store/list',
      value: (value) => `of ${String(value)}`,
    });
    expect(main?.toListener[2]?.text).to.equal('call 2 store/list of 1');
    expect(main?.toDialer[1]?.text).to.equal('reply 1 store/list');
    expect(lane?.toDialer[2]?.text).to.equal('item of 1');
  });

  it('are exceptions with their text', () => {
    const text = Buffer.from('<disk full>');
    const failure = Buffer.concat([u32le(0), u32le(text.length), text]);
    const { toDialer } = readConversation({
      toListener: Buffer.concat([negotiation(), requestBytes(5, 1n, Buffer.alloc(0))]),
      toDialer: Buffer.concat([negotiation(ID), replyBytes(-1n, failure)]),
    });
    expect(told(toDialer).at(-1)).to.equal('exception: failure 1 verb 5 "<disk full>"');
  });

  it('are read through LZ4, and are compressed bytes for another compressor', () => {
    const seen = (name: string): SeenConversation => {
      const payload = lz4()
        .negotiate('LZ4', false, () => {})
        ?.compress(requestBytes(5, 1n, Buffer.alloc(90)));
      if (payload === undefined) throw new Error('LZ4 is missing');
      const record = [FEATURE.COMPRESS, Buffer.from(name)] as const;
      return readConversation({
        toListener: Buffer.concat([negotiation(record), u32le(payload.length), payload]),
        toDialer: negotiation(record, ID),
      });
    };
    const { toListener } = seen('LZ4');
    expect(told(toListener)).to.deep.equal([
      'negotiation: negotiation LZ4',
      'request: call 1 verb 5',
    ]);
    expect(toListener[1]?.compressor).to.equal('LZ4');
    expect(told(seen('OWN').toListener)[1]).to.equal('unread: compressed by OWN');
  });

  it('are unread bytes where they are no protocol, or nothing was agreed', () => {
    const rubbish = Buffer.from('GET / HTTP/1.1\r\n\r\n');
    const { kind, toListener } = readConversation({
      toListener: rubbish,
      toDialer: Buffer.alloc(0),
    });
    expect(kind).to.equal('unknown');
    expect(told(toListener)).to.deep.equal(['unread: no negotiation']);
    const early = Buffer.concat([negotiation(), rubbish]);
    const seen = readConversation({ toListener: early, toDialer: Buffer.alloc(0) });
    expect(told(seen.toListener)).to.deep.equal([
      'negotiation: negotiation',
      'unread: nothing was agreed',
    ]);
  });

  it('are all bytes, each once, wherever the bytes end and whichever is damaged', () => {
    for (const name of ['service-streams', 'stream-of-a-verb', 'call-canceled']) {
      for (const bytes of sentIn(name)) {
        for (let at = 0; at < bytes.toDialer.length; at++) {
          expectAll({ ...bytes, toDialer: bytes.toDialer.subarray(0, at) });
          const toDialer = Buffer.from(bytes.toDialer);
          toDialer[at] = (toDialer[at] ?? 0) ^ 0x81;
          expectAll({ ...bytes, toDialer });
        }
        for (let at = 0; at < bytes.toListener.length; at++) {
          expectAll({ ...bytes, toListener: bytes.toListener.subarray(0, at) });
        }
      }
    }
  });
});

function sentIn(name: string): SentBytes[] {
  const found = conversations.find((conversation) => conversation.name === name);
  if (found === undefined) throw new Error(`there is no recording of ${name}`);
  const steps = stepsOf(found);
  return found.connections.map(({ id }) => ({
    toListener: bytesOf(steps, id, 'c2s'),
    toDialer: bytesOf(steps, id, 's2c'),
  }));
}

function recorded(name: string, names: WireNames = {}): SeenConversation[] {
  return sentIn(name).map((bytes) => readConversation(bytes, names));
}

function told(frames: readonly SeenFrame[] = []): string[] {
  return frames.map(({ kind, text }) => `${kind}: ${text}`);
}

function expectAll(bytes: SentBytes): void {
  const seen = readConversation(bytes);
  for (const direction of ['toListener', 'toDialer'] as const) {
    let at = 0;
    for (const { start, end } of seen[direction]) {
      expect(start).to.equal(at);
      expect(end).to.be.above(start);
      at = end;
    }
    expect(at).to.equal(bytes[direction].length);
  }
}
