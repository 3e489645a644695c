import { expect } from 'chai';

import { adjust, FULL_AB, QUICK_AB } from '../../../bench/ab/settings.ts';

describe('adjust', () => {
  it('leaves the settings when nothing is asked for', () => {
    expect(adjust(FULL_AB, undefined, undefined)).to.deep.equal(FULL_AB);
    expect(adjust(QUICK_AB, undefined, undefined)).to.deep.equal(QUICK_AB);
  });

  it('takes rounds, of which there are up to three times as many, and seconds', () => {
    expect(adjust(FULL_AB, '5', '0.25')).to.deep.equal({
      ...FULL_AB,
      rounds: 5,
      maxRounds: 15,
      roundSeconds: 0.25,
    });
  });

  for (const rounds of ['4', '5.5', 'many']) {
    it(`refuses ${rounds} rounds`, () => {
      expect(() => adjust(FULL_AB, rounds, undefined)).to.throw(RangeError, '--rounds');
    });
  }

  for (const seconds of ['0', '-1', 'few']) {
    it(`refuses ${seconds} seconds`, () => {
      expect(() => adjust(FULL_AB, undefined, seconds)).to.throw(RangeError, '--seconds');
    });
  }
});
