import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import { AckBatch, Acks, MAX_ACKS, readAcks } from '../../lib/wire/acks.ts';
import {
  decodeMainMessage,
  encodeMainMessage,
  type MainMessage,
} from '../../lib/wire/main-message.ts';
import { entriesOf } from '../support/ack-entries.ts';
import { hex } from '../support/chunks.ts';

const WORD = '0500000000000000';
const TOO_LARGE = ['0000000000002000', '0000000000000080', 'ffffffffffffffff'];
const LARGEST = Number.MAX_SAFE_INTEGER;

/** The entries of a message that was sent. */
function sent(message: MainMessage): unknown[] {
  const read = decodeMainMessage(encodeMainMessage(message), 'client', true);
  if (read?.kind !== 'stream-ack' && read?.kind !== 'child-ack') throw new Error('no entries');
  return entriesOf(read.acks, read.kind);
}

describe('wire/acks', () => {
  it('are numbers with what was acknowledged and taken, read and written', () => {
    const batch = new AckBatch('stream-ack');
    batch.add(2, 3, 4);
    batch.add(0, 0, LARGEST);
    const message = batch.take();
    expect(encodeMainMessage(message).toString('hex')).to.equal(
      hex(
        '0f | 0200000000000000 0300000000000000 0400000000000000' +
          ' | 0000000000000000 0000000000000000 ffffffffffff1f00',
      ).toString('hex'),
    );
    expect(sent(message)).to.deep.equal([
      [2, 3, 4],
      [0, 0, LARGEST],
    ]);
  });

  it('are the ids of children, of all 64 bits, in the other kind', () => {
    const batch = new AckBatch('child-ack');
    batch.addChild(2n ** 64n - 1n, 1, 2);
    const message = batch.take();
    expect(message.acks.bytes[0]).to.equal(16);
    expect(sent(message)).to.deep.equal([[2n ** 64n - 1n, 1, 2]]);
  });

  it('may be none', () => {
    const message = new AckBatch('stream-ack').take();
    expect(message.acks.bytes.toString('hex')).to.equal('0f');
    expect(sent(message)).to.deep.equal([]);
  });

  it('E2 are up to 1,024 in one message, and one more is refused', () => {
    const batch = new AckBatch('stream-ack');
    expect(batch.isFull).to.equal(false);
    for (let number = 1; number <= MAX_ACKS; number++) {
      expect(batch.isFull).to.equal(false);
      batch.add(number, number - 1, number);
    }
    expect([MAX_ACKS, batch.count, batch.isFull]).to.deep.equal([1_024, 1_024, true]);
    const entries = sent(batch.take());
    expect(entries).to.have.length(1_024);
    expect(entries.at(-1)).to.deep.equal([1_024, 1_023, 1_024]);
    expectRefused(`0f${WORD.repeat(3 * (MAX_ACKS + 1))}`);
    expectRefused(`10${WORD.repeat(3 * (MAX_ACKS + 1))}`);
  });

  it('begin anew in a batch that was taken', () => {
    const batch = new AckBatch('stream-ack');
    for (let number = 1; number <= 20; number++) batch.add(number, 0, 0);
    expect(sent(batch.take())).to.have.length(20);
    expect(batch.count).to.equal(0);
    batch.add(7, 8, 9);
    expect(sent(batch.take())).to.deep.equal([[7, 8, 9]]);
  });

  it('lie in the bytes that were received', () => {
    const bytes = hex(`0f${WORD.repeat(3)}`);
    const acks = readAcks(bytes, 'stream-ack');
    bytes[1] = 6;
    expect(acks.numberAt(0)).to.equal(6);
    expect(new Acks(bytes).count).to.equal(1);
  });

  for (const kind of ['0f', '10']) {
    it(`F8 refuses kind ${kind} cut at each byte within an entry`, () => {
      const body = WORD.repeat(6);
      for (let length = 1; length < 48; length++) {
        if (length === 24) continue;
        expectRefused(kind + body.slice(0, 2 * length));
      }
    });

    it(`E2 a position of 2^53 or more in kind ${kind} ends the connection`, () => {
      for (const position of TOO_LARGE) {
        for (const at of [1, 2, 4, 5]) {
          expectRefused(kind + Array<string>(6).fill(WORD).toSpliced(at, 1, position).join(''));
        }
      }
    });
  }

  it('E2 a number of 2^53 or more ends the connection, and an id does not', () => {
    for (const word of TOO_LARGE) {
      expectRefused(`0f${word}${WORD}${WORD}`);
      const acks = readAcks(hex(`10${word}${WORD}${WORD}`), 'child-ack');
      expect(acks.idAt(0)).to.equal(hex(word).readBigUInt64LE());
    }
  });
});

function expectRefused(bytes: string): void {
  expect(() => decodeMainMessage(hex(bytes), undefined, true))
    .to.throw(ProtocolError, /^a malformed main message$|^a position of 2\^53 or more$/)
    .and.include({ scope: 'connection', initiator: 'remote' });
}
