import { expect } from 'chai';

import { idempotentMethods } from '../../../lib/service/client/idempotent-methods.ts';
import { revokedProxy } from '../../support/unreadable.ts';

describe('idempotentMethods', () => {
  it('names the methods that a description declares so', () => {
    const description = {
      services: [
        { name: 'shop', methods: ['order', 'price'], idempotent: ['price'] },
        { name: 'store', methods: ['get'] },
      ],
    };
    expect([...idempotentMethods(description)]).to.deep.equal(['shop/price']);
  });

  it('takes words that are no description for none, whatever a server says', () => {
    const shop = { name: 'shop', methods: [], idempotent: ['price'] };
    for (const odd of [
      undefined,
      null,
      5,
      'services',
      { services: 'shop' },
      { services: { 0: shop } },
      { services: [null, 5, { name: 5, idempotent: ['a'] }, { name: 'a', idempotent: 'b' }] },
      { services: [{ name: 'a', idempotent: [5, null, {}] }] },
      revokedProxy(),
    ]) {
      expect(idempotentMethods(odd).size).to.equal(0);
    }
  });
});
