import { expect } from 'chai';

import { DelayLine } from '../../../bench/link/delay-line.ts';

const CHUNK_BYTES = 65_536;

/** A chunk takes 1 ms to enter it, and two fit. */
const TERMS = { bytesPerSecond: CHUNK_BYTES * 1e3, delayMs: 2 };

function chunk(): Buffer {
  return Buffer.alloc(CHUNK_BYTES);
}

describe('DelayLine', () => {
  it('passes bytes on when they have entered it and its delay is over, and not before', () => {
    const line = new DelayLine(TERMS);
    line.push(chunk(), 10);
    expect(line.nextDueAt).to.equal(13);
    expect(line.take(12.9)).to.equal(undefined);
    expect(line.take(13)).to.have.length(CHUNK_BYTES);
    expect(line.nextDueAt).to.equal(undefined);
  });

  it('lets bytes enter one after the other, at its rate', () => {
    const line = new DelayLine(TERMS);
    line.push(chunk(), 10);
    line.push(chunk(), 10);
    line.push(chunk(), 20);
    const due: (number | undefined)[] = [];
    for (let left = 3; left > 0; left--) {
      due.push(line.nextDueAt);
      line.take(Infinity);
    }
    expect(due).to.deep.equal([13, 14, 23]);
  });

  it('keeps the order of bytes', () => {
    const line = new DelayLine(TERMS);
    line.push(Buffer.from('a'), 0);
    line.push(Buffer.from('b'), 0);
    expect([line.take(Infinity), line.take(Infinity)].join('')).to.equal('ab');
  });

  it('holds at most what is under way at its rate, until the other end has taken it', () => {
    const line = new DelayLine(TERMS);
    line.push(chunk(), 0);
    expect(line.isFull).to.equal(false);
    line.push(chunk(), 0);
    expect(line).to.include({ isFull: true, heldBytes: 2 * CHUNK_BYTES });
    line.take(Infinity);
    expect(line.isFull).to.equal(true);
    line.passed(CHUNK_BYTES);
    expect(line).to.include({ isFull: false, heldBytes: CHUNK_BYTES });
  });

  it('refuses terms by which it would never read', () => {
    expect(() => new DelayLine({ bytesPerSecond: 1e6, delayMs: 1 })).to.throw(RangeError);
  });
});
