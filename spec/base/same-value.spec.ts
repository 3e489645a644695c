import { expect } from 'chai';

import { isSameValue } from '../../lib/base/same-value.ts';

describe('isSameValue', () => {
  it('takes values of the same shape and content for equal', () => {
    expect(isSameValue({ name: 'a', roles: [1, 2] }, { roles: [1, 2], name: 'a' })).to.equal(true);
    expect(isSameValue(undefined, undefined)).to.equal(true);
    expect(isSameValue(NaN, NaN)).to.equal(true);
    expect(isSameValue(new Map([['a', 1]]), new Map([['a', 1]]))).to.equal(true);
  });

  it('takes others for different, also if they look alike', () => {
    class Other {
      readonly name = 'a';
    }
    for (const other of [
      { name: 'b' },
      {},
      { name: 'a', more: undefined },
      new Other(),
      'a',
      null,
    ]) {
      expect(isSameValue({ name: 'a' }, other)).to.equal(false);
    }
    expect(isSameValue('1', 1)).to.equal(false);
  });

  it('takes what can’t be looked at for different, and for equal to itself', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(isSameValue(proxy, {})).to.equal(false);
    expect(isSameValue(proxy, proxy)).to.equal(true);
  });
});
