import { expect } from 'chai';

import { judge, toGain } from '../../../bench/ab/verdict.ts';

describe('judge', () => {
  for (const [low, high, verdict] of [
    [0.9, 0.969, 'worse'],
    [0.9, 0.97, 'undecided'],
    [0.969, 1.2, 'undecided'],
    [0.97, 1.03, 'same'],
    [0.97, 1.031, 'no worse'],
    [1.03, 1.2, 'no worse'],
    [1.031, 1.2, 'better'],
    [Number.NaN, Number.NaN, 'undecided'],
  ] as const) {
    it(`takes a gain of ${low} to ${high} for ${verdict}`, () => {
      expect(judge({ ratio: 1, low, high })).to.equal(verdict);
    });
  }
});

describe('toGain', () => {
  const estimate = { ratio: 2, low: 1.25, high: 4 };

  it('leaves a ratio of what should be high', () => {
    expect(toGain(estimate, false)).to.deep.equal(estimate);
  });

  it('turns a ratio of what should be low, and its interval', () => {
    expect(toGain(estimate, true)).to.deep.equal({ ratio: 0.5, low: 0.25, high: 0.8 });
  });
});
