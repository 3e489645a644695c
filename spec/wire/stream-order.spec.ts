import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import { StreamOrder, type StreamPart } from '../../lib/wire/stream-order.ts';

/** A letter for each part, to hold the order to PROTOCOL.md's grammar as an expression. */
const LETTERS: Readonly<Record<string, StreamPart>> = {
  r: 'retained',
  h: 'headers',
  s: 'sum',
  i: 'message',
  m: 'mark',
  k: 'skipped',
  t: 'trailers',
  c: 'count',
  e: 'error',
  E: 'end of stream',
};

/** Whole streams, and everything that such a stream can begin with. */
const WHOLE = /^r?h?s?[imk]*t?(s?c|e)E$/;
const BEGUN = /^r?h?s?([imk]*(t?(s|s?c|e|(s?c|e)E)?)?)?$/;

function isTaken(letters: string): boolean {
  const order = new StreamOrder();
  try {
    for (const letter of letters) order.take(LETTERS[letter]!);
    return true;
  } catch (error) {
    expect(error).to.be.instanceOf(ProtocolError).and.include({ scope: 'stream' });
    return false;
  }
}

/** Every sequence of so many parts. */
function* sequences(length: number): Generator<string> {
  if (length === 0) yield '';
  else {
    for (const begin of sequences(length - 1)) {
      for (const letter of Object.keys(LETTERS)) yield begin + letter;
    }
  }
}

describe('wire/stream-order', () => {
  for (let length = 0; length <= 4; length++) {
    it(`takes the sequences of ${length} parts that a stream can begin with, and no other`, () => {
      for (const letters of sequences(length)) {
        expect(isTaken(letters), letters).to.equal(BEGUN.test(letters));
      }
    });
  }

  it('takes whole streams', () => {
    for (const letters of ['cE', 'eE', 'rhsimktscE', 'riicE', 'rscE', 'rsscE', 'htcE', 'rhmeE']) {
      expect([letters, WHOLE.test(letters), isTaken(letters)]).to.deep.equal([letters, true, true]);
    }
  });

  it('is open while items may follow', () => {
    const order = new StreamOrder();
    const seen = ['retained', 'headers', 'sum', 'message', 'sum', 'count', 'end of stream'].map(
      (part) => {
        order.take(part as StreamPart);
        return order.isOpen;
      },
    );
    expect(seen).to.deep.equal([true, true, true, true, false, false, false]);
  });

  it('names what came where it does not belong', () => {
    const order = new StreamOrder();
    order.take('count');
    expect(() => order.take('message')).to.throw(ProtocolError, /the peer sent message where/);
  });
});
