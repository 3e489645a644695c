import { expect } from 'chai';

import { systemRandom } from '../../lib/base/random.ts';

describe('base/random', () => {
  it('gives as many bytes as asked for, others each time', () => {
    expect(systemRandom().bytes(0)).to.have.length(0);
    const drawn = Array.from({ length: 100 }, () => systemRandom().bytes(8).toString('hex'));
    expect(new Set(drawn).size).to.equal(100);
  });
});
