import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import { SENT_BY, KEPT_KINDS } from '../../lib/wire/main-message-kind.ts';
import {
  decodeMainMessage,
  encodeMainMessage,
  MAX_MAIN_MESSAGE_BYTES,
  type MainMessage,
} from '../../lib/wire/main-message.ts';
import { MAX_PENDING_CALLS, decodeSessionMessage } from '../../lib/wire/session-message.ts';
import { Acks, MAX_ACKS } from '../../lib/wire/acks.ts';
import { hex } from '../support/chunks.ts';

const WORD = '0500000000000000';
const LARGEST = 'ffffffffffff1f00';
const TOO_LARGE = ['0000000000002000', '0000000000000080', 'ffffffffffffffff'];

const STREAM_ACK = `0f | ${WORD} | 0300000000000000 | 0400000000000000`;
const CHILD_ACK = '10 | ffffffffffffffff | 0300000000000000 | 0400000000000000';

/** Every kind in its forms; the entries of acknowledgements have a spec of their own. */
const MESSAGES: readonly [bytes: string, message: MainMessage][] = [
  [`0c | ${WORD}`, { kind: 'received', position: 5 }],
  [`0c | ${LARGEST}`, { kind: 'received', position: Number.MAX_SAFE_INTEGER }],
  ['0d', { kind: 'calls-pending', messageIds: [] }],
  [
    `0d | ${WORD} | ${LARGEST}`,
    { kind: 'calls-pending', messageIds: [5, Number.MAX_SAFE_INTEGER] },
  ],
  [
    `0e | ${WORD} | 0400000000000000 | 0300000000000000 | ffffffff`,
    { kind: 'stream-resume', number: 5, taken: 4, acknowledged: 3, attempt: 0xffff_ffff },
  ],
  [STREAM_ACK, { kind: 'stream-ack', acks: new Acks(hex(STREAM_ACK)) }],
  [CHILD_ACK, { kind: 'child-ack', acks: new Acks(hex(CHILD_ACK)) }],
  [`11 | ${WORD}`, { kind: 'stream-done', number: 5 }],
  ['12', { kind: 'session-end' }],
  [`13 | ${WORD} | ${WORD}`, { kind: 'stream-parted', number: 5, attempt: 5 }],
  [`18 | ${WORD} | 00000000`, { kind: 'child-parted', streamId: 5n, attempt: 0 }],
  [
    `18 | ffffffffffffffff | ffffffff`,
    { kind: 'child-parted', streamId: 0xffff_ffff_ffff_ffffn, attempt: 0xffff_ffff },
  ],
];

/** All kinds, with a body that is right. */
const BODIES: Readonly<Record<string, string>> = {
  '0c': WORD,
  '0d': WORD,
  '0e': WORD.repeat(3) + '01000000',
  '0f': WORD.repeat(3),
  '10': WORD.repeat(3),
  '11': WORD,
  '12': '',
  '13': WORD.repeat(2),
  '18': WORD + '01000000',
};

describe('wire/session-message', () => {
  for (const [bytes, message] of MESSAGES) {
    it(`${bytes} is ${message.kind}, read and written`, () => {
      expect(decodeMainMessage(hex(bytes), undefined, true)).to.deep.equal(message);
      expect(encodeMainMessage(message).toString('hex')).to.equal(hex(bytes).toString('hex'));
    });
  }

  for (const [kind, body] of Object.entries(BODIES)) {
    it(`F35 passes over kind ${kind} on a connection of version 2, whatever is in it`, () => {
      for (const bytes of [kind, kind + body, `${kind}05`, kind + 'ff'.repeat(28)]) {
        expect(decodeMainMessage(hex(bytes))).to.equal(undefined);
        expect(decodeMainMessage(hex(bytes), 'client')).to.equal(undefined);
        expect(decodeMainMessage(hex(bytes), 'server')).to.equal(undefined);
      }
    });

    for (const from of ['client', 'server'] as const) {
      it(`E1-floods takes kind ${kind} from a ${from}, or refuses it, as the table says`, () => {
        const read = (): MainMessage | undefined => decodeMainMessage(hex(kind + body), from, true);
        const sent = decodeSessionMessage(hex(kind + body))!.kind;
        const isAllowed = SENT_BY[sent] === 'both' || SENT_BY[sent] === from;
        if (isAllowed) expect(read()).to.include({ kind: sent });
        else expect(read).to.throw(ProtocolError, `the ${from} sent ${sent}`);
      });
    }
  }

  it('passes over the kinds between, and those of later versions', () => {
    for (const later of ['00', '19', '7f', `ff | ${WORD}`]) {
      expect(decodeMainMessage(hex(later), undefined, true)).to.equal(undefined);
    }
  });

  it('reads the kinds of version 2 as before', () => {
    expect(decodeMainMessage(hex(`09 | ${WORD}`), 'client', true)).to.deep.equal({
      kind: 'ping',
      number: 5,
    });
  });

  it('E2 takes the id of a child above 2^53, and no number of a stream', () => {
    const large = 'ffffffffffffffff';
    expect(decodeMainMessage(hex(CHILD_ACK), 'client', true)).to.include({ kind: 'child-ack' });
    expectRefused(`0f${large}${WORD}${WORD}`);
  });

  for (const kind of ['0c', '0e', '11', '12', '13', '18']) {
    it(`F8 refuses kind ${kind} with a body of any other length`, () => {
      const body = BODIES[kind]!;
      for (let digits = 0; digits < body.length; digits += 2) {
        expectRefused(kind + body.slice(0, digits));
      }
      for (const more of ['00', WORD]) expectRefused(kind + body + more);
    });
  }

  it('F8 refuses a list of calls that is cut within an id', () => {
    for (const body of ['05', WORD.slice(2), `${WORD}05`, WORD + WORD.slice(2)]) {
      expectRefused(`0d${body}`);
    }
  });

  for (const position of TOO_LARGE) {
    it(`E2 the position ${position}, of 2^53 or more, ends the connection in each place`, () => {
      expectRefused(`0c${position}`);
      expectRefused(`0d${WORD}${position}`);
      expectRefused(`11${position}`);
      for (let at = 0; at < 3; at++) {
        const words = [WORD, WORD, WORD].toSpliced(at, 1, position);
        expectRefused(`0e${words.join('')}01000000`);
      }
    });
  }

  it('E2 takes 4,096 calls without a reply, and refuses one more', () => {
    expect(MAX_PENDING_CALLS).to.equal(4_096);
    const full = hex(`0d${WORD.repeat(MAX_PENDING_CALLS)}`);
    const read = decodeMainMessage(full, 'client', true);
    expect(read).to.have.property('messageIds').with.length(MAX_PENDING_CALLS);
    expectRefused(`0d${WORD.repeat(MAX_PENDING_CALLS + 1)}`);
  });

  it('no message of these limits is above that of a main message', () => {
    expect(1 + MAX_PENDING_CALLS * 8).to.be.below(MAX_MAIN_MESSAGE_BYTES);
    expect(1 + MAX_ACKS * 24).to.be.below(MAX_MAIN_MESSAGE_BYTES);
  });

  it('keeps the kinds that say something once', () => {
    expect([...KEPT_KINDS].toSorted()).to.deep.equal([
      'call-cancel',
      'going-away',
      'session-end',
      'stream-cancel',
      'stream-done',
      'stream-refused',
    ]);
  });
});

function expectRefused(bytes: string): void {
  expect(() => decodeMainMessage(hex(bytes), undefined, true))
    .to.throw(ProtocolError, /^a malformed main message$|^a position of 2\^53 or more$/)
    .and.include({ scope: 'connection', initiator: 'remote' });
}
