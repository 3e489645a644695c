import { expect } from 'chai';

import { slopeOf } from '../../../bench/memory/slope.ts';

function samples(...values: readonly number[]): { seconds: number; value: number }[] {
  return values.map((value, i) => ({ seconds: 20 + i, value }));
}

describe('slopeOf', () => {
  it('is the growth of a straight line, wherever it begins', () => {
    expect(slopeOf(samples(7, 10, 13, 16))).to.be.closeTo(3, 1e-9);
    expect(slopeOf(samples(5, 4, 3))).to.be.closeTo(-1, 1e-9);
  });

  it('is nothing for what goes up and comes down again', () => {
    expect(slopeOf(samples(1, 9, 1))).to.be.closeTo(0, 1e-9);
  });

  it('is the line with the least squares', () => {
    expect(slopeOf(samples(0, 0, 3))).to.be.closeTo(1.5, 1e-9);
  });

  it('is no number for fewer than two samples', () => {
    expect(slopeOf([])).to.be.NaN;
    expect(slopeOf(samples(1))).to.be.NaN;
  });
});
