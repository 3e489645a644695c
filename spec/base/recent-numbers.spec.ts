import { expect } from 'chai';

import { RecentNumbers } from '../../lib/base/recent-numbers.ts';

describe('RecentNumbers', () => {
  it('remembers the last ones, up to its capacity', () => {
    const recent = new RecentNumbers(3);
    for (const number of [1, 2, 3, 4, 5]) recent.add(number);
    const known = [1, 2, 3, 4, 5].filter((number) => recent.has(number));
    expect(known).to.deep.equal([3, 4, 5]);
  });

  it('gives each once', () => {
    const recent = new RecentNumbers(3);
    recent.add(7);
    expect([recent.take(7), recent.take(7), recent.has(7)]).to.deep.equal([true, false, false]);
  });
});
