import { expect } from 'chai';

import { everySplit, hex, randomBytes, sliceRandomly } from './chunks.ts';

describe('chunks', () => {
  it('reads hex past spaces and bars, and refuses half bytes', () => {
    expect(hex('0102 cafe | 00\n')).to.deep.equal(Buffer.from([1, 2, 0xca, 0xfe, 0]));
    expect(hex('')).to.have.length(0);
    expect(() => hex('012')).to.throw(TypeError);
    expect(() => hex('0g')).to.throw(TypeError);
  });

  it('gives the whole, every split in two, and single bytes', () => {
    const splits = [...everySplit(Buffer.from('abc'))].map((parts) => parts.join('|'));
    expect(splits).to.deep.equal(['abc', 'a|bc', 'ab|c', 'a|b|c']);
  });

  it('slices at random, without loss and the same for the same seed', () => {
    const bytes = randomBytes(10_000, 1);
    const slices = sliceRandomly(bytes, 7);
    expect(Buffer.concat(slices).equals(bytes)).to.equal(true);
    expect(slices.length).to.be.greaterThan(3);
    expect(sliceRandomly(bytes, 7)).to.deep.equal(slices);
    expect(sliceRandomly(bytes, 8)).not.to.deep.equal(slices);
  });
});
