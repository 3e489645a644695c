import { expect } from 'chai';

import { estimateRatio, type Sample } from '../../../bench/ab/bootstrap.ts';

/** Pairs of values. @param factorAt - what the new side makes of the old side's value in a round. */
function samples(values: readonly number[], factorAt: (round: number) => number): Sample[] {
  return values.map((value, round) => [value, value * factorAt(round)]);
}

/** Values that stray by up to a tenth, the same ones each time. */
const STRAYING = [100, 93, 104, 98, 109, 91, 101, 96, 107];

describe('estimateRatio', () => {
  it('is the ratio of the medians, new to old', () => {
    const { ratio } = estimateRatio([
      [1, 30],
      [2, 10],
      [90, 20],
    ]);
    expect(ratio).to.equal(10);
  });

  it('has the ratio within its interval', () => {
    const { ratio, low, high } = estimateRatio(samples(STRAYING, (round) => 1 + (round % 3) / 10));
    expect(low).to.be.lessThan(ratio);
    expect(high).to.be.greaterThan(ratio);
  });

  it('has the same interval each time', () => {
    const straying = samples(STRAYING, (round) => 1 + (round % 4) / 20);
    expect(estimateRatio(straying)).to.deep.equal(estimateRatio(straying));
  });

  it('has no width for what strays on both sides of a round alike', () => {
    const { ratio, low, high } = estimateRatio(samples(STRAYING, () => 0.9));
    expect(ratio).to.be.closeTo(0.9, 1e-9);
    expect(low).to.be.closeTo(0.9, 1e-9);
    expect(high).to.be.closeTo(0.9, 1e-9);
  });

  it('is narrower with more rounds', () => {
    const factorAt = (round: number): number => 1 + ((round * 7) % 5) / 20;
    const few = estimateRatio(samples(STRAYING, factorAt));
    const many = estimateRatio(samples([...STRAYING, ...STRAYING, ...STRAYING], factorAt));
    expect(many.high - many.low).to.be.lessThan(few.high - few.low);
  });

  it('is 1 for two nothings', () => {
    expect(estimateRatio(samples([0, 0, 0], () => 1))).to.deep.equal({ ratio: 1, low: 1, high: 1 });
  });
});
