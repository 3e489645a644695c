// Objects with a method `then` are the subject here.
// oxlint-disable unicorn/no-thenable
import { expect } from 'chai';

import { isThenable } from '../../lib/base/is-thenable.ts';

describe('isThenable', () => {
  it('knows promises, and objects that have a method then', () => {
    expect([Promise.resolve(1), { then: () => {} }].map(isThenable)).to.deep.equal([true, true]);
  });

  it('takes nothing else for one', () => {
    const others = [undefined, null, 1, 'then', {}, { then: 1 }];
    expect(others.map(isThenable)).to.deep.equal(others.map(() => false));
  });

  it('lets the error of a getter through', () => {
    const value = {
      get then(): unknown {
        throw new Error('not now');
      },
    };
    expect(() => isThenable(value)).to.throw('not now');
  });
});
