import { expect } from 'chai';

import { describeCut } from '../../lib/wire/cut-frame.ts';

describe('wire/cut-frame', () => {
  it('F2 says what was expected and how much of it came', () => {
    expect(describeCut(true, 12, 5)).to.equal('while reading header: expected 12 got 5');
    expect(describeCut(false, 100, 0)).to.equal('while reading data: expected 100 got 0');
  });
});
