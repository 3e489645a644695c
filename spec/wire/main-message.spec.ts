import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import {
  type MainMessage,
  decodeMainMessage,
  encodeMainMessage,
  MAX_MAIN_MESSAGE_BYTES,
} from '../../lib/wire/main-message.ts';
import { KINDS, type MainMessageKind, SENT_BY } from '../../lib/wire/main-message-kind.ts';
import { hex } from '../support/chunks.ts';
import { rowsOf } from '../support/markdown-blocks.ts';

const WORD = '0500000000000000';
const LARGEST = 'ffffffffffff1f00';
const EMPTY = Buffer.alloc(0);

/** Every kind in its forms, as it is read and written. */
const MESSAGES: readonly [bytes: string, message: MainMessage][] = [
  ['01 | 0807060504030201', { kind: 'eos-taken', streamId: 0x0102030405060708n }],
  ['01 | ffffffffffffffff', { kind: 'eos-taken', streamId: 0xffff_ffff_ffff_ffffn }],
  ['02 | 0100000000000000', { kind: 'canceled', streamId: 1n }],
  [`03 | ${WORD}`, { kind: 'stream-open', number: 5 }],
  [`04 | ${WORD}`, { kind: 'stream-refused', number: 5, reason: EMPTY }],
  [`04 | ${WORD} | cafe`, { kind: 'stream-refused', number: 5, reason: hex('cafe') }],
  [`05 | ${WORD}`, { kind: 'stream-cancel', number: 5, reason: EMPTY }],
  [`05 | ${WORD} | cafe`, { kind: 'stream-cancel', number: 5, reason: hex('cafe') }],
  [`06 | ${LARGEST}`, { kind: 'stream-taken', number: Number.MAX_SAFE_INTEGER }],
  ['07', { kind: 'streams-renew', numbers: [] }],
  [`07 | ${WORD}`, { kind: 'streams-renew', numbers: [5] }],
  [
    `07 | ${WORD} | 0000000000000000 | ${LARGEST}`,
    { kind: 'streams-renew', numbers: [5, 0, Number.MAX_SAFE_INTEGER] },
  ],
  [`08 | ${WORD}`, { kind: 'call-cancel', messageId: 5, reason: EMPTY }],
  [`08 | ${WORD} | cafe`, { kind: 'call-cancel', messageId: 5, reason: hex('cafe') }],
  [`09 | ${WORD}`, { kind: 'ping', number: 5 }],
  ['0a | 0000000000000000', { kind: 'pong', number: 0 }],
  ['0b', { kind: 'going-away', graceMs: undefined }],
  [`0b | ${WORD}`, { kind: 'going-away', graceMs: 5 }],
  [`14 | ${WORD}`, { kind: 'streams-progress', numbers: [5] }],
  [`15 | ${WORD} | 0000000000000000`, { kind: 'streams-sent', numbers: [5, 0] }],
  [`16 | ${WORD}`, { kind: 'children-progress', words: [5n] }],
  [`17 | ${WORD} | ffffffffffffffff`, { kind: 'children-sent', words: [5n, 2n ** 64n - 1n] }],
];

/** Kinds whose body is one word and nothing else, one word and more, words alone. */
const EXACT = ['01', '02', '03', '06', '09', '0a'];
const WITH_REASON = ['04', '05', '08'];
const COUNTED = ['03', '04', '05', '06', '07', '08', '09', '0a', '0b', '14', '15'];

describe('wire/main-message', () => {
  for (const [bytes, message] of MESSAGES) {
    it(`${bytes} is ${message.kind}, read and written`, () => {
      expect(decodeMainMessage(hex(bytes))).to.deep.equal(message);
      expect(encodeMainMessage(message).toString('hex')).to.equal(hex(bytes).toString('hex'));
    });
  }

  it('may hold a number and a document of 64 KiB', () => {
    expect(MAX_MAIN_MESSAGE_BYTES).to.equal(1 + 8 + 65_536);
  });

  it('E1-floods comes from the side that has something to say by it', () => {
    const sides = Object.entries(KINDS).map(([kind, number]) => [
      `${number} \`${kind}\``,
      SENT_BY[kind as MainMessageKind],
    ]);
    expect(sides).to.have.deep.members(listedSides());
  });

  it('passes over kinds of a later version, whatever is in them', () => {
    for (const later of [
      '00',
      '0c',
      '0d',
      '0e',
      '0f',
      '10',
      '11',
      '12',
      '13',
      '18',
      '7f',
      'ff | 00112233',
      `ff | ${WORD}`,
    ]) {
      expect(decodeMainMessage(hex(later))).to.equal(undefined);
      expect(decodeMainMessage(hex(later), 'client')).to.equal(undefined);
    }
  });

  for (const [bytes, { kind }] of MESSAGES) {
    for (const from of ['client', 'server'] as const) {
      const by = SENT_BY[kind];
      const isAllowed = by === 'both' || by === from;
      it(`E1-floods ${isAllowed ? 'takes' : 'refuses'} ${bytes}, ${kind}, from a ${from}`, () => {
        const read = () => decodeMainMessage(hex(bytes), from);
        if (isAllowed) expect(read()).to.include({ kind });
        else expect(read).to.throw(ProtocolError, `the ${from} sent ${kind}`);
      });
    }
  }

  it('refuses no bytes', () => {
    expect(() => decodeMainMessage(EMPTY)).to.throw(ProtocolError, 'without a kind');
  });

  for (const kind of EXACT) {
    it(`refuses kind ${kind} with a body of any other length`, () => {
      for (const body of ['', '00', WORD.slice(2), `${WORD}00`, WORD + WORD]) {
        expectMalformed(kind + body);
      }
    });
  }

  for (const kind of WITH_REASON) {
    it(`refuses kind ${kind} without a whole number`, () => {
      for (const body of ['', '05', WORD.slice(2)]) expectMalformed(kind + body);
    });
  }

  it('refuses numbers to renew that are cut', () => {
    for (const body of ['05', WORD.slice(2), `${WORD}05`, WORD + WORD.slice(2)]) {
      for (const kind of ['07', '14', '15', '16', '17']) expectMalformed(kind + body);
    }
  });

  it('refuses a time to go away that is cut', () => {
    for (const body of ['05', WORD.slice(2)]) expectMalformed(`0b${body}`);
  });

  for (const kind of COUNTED) {
    it(`refuses kind ${kind} with a number that is none of ours`, () => {
      const numbers = ['ffffffffffffffff', '0000000000000080', '0000000000002000'];
      for (const number of numbers) expectMalformed(kind + number);
    });
  }
});

/** The kinds with their numbers, and the sides that may send them, as the tables of PROTOCOL.md say. */
function listedSides(): string[][] {
  return rowsOf('PROTOCOL.md').flatMap(([kind = '', ...cells]) => {
    const from = cells.find((cell) => /^(?:both|client|server)$/.test(cell));
    return /^\d+ `[a-z-]+`$/.test(kind) && from !== undefined ? [[kind, from]] : [];
  });
}

function expectMalformed(bytes: string): void {
  expect(() => decodeMainMessage(hex(bytes)))
    .to.throw(ProtocolError, 'a malformed main message')
    .and.include({ scope: 'connection', initiator: 'remote' });
}
