import { expect } from 'chai';

import { declaredMethods } from '../../../lib/service/client/declared-methods.ts';
import { revokedProxy } from '../../support/unreadable.ts';

describe('declaredMethods', () => {
  it('names the methods of which a description declares it', () => {
    const description = {
      services: [
        { name: 'shop', methods: ['order', 'price'], idempotent: ['price'], once: ['order'] },
        { name: 'store', methods: ['get'] },
      ],
    };
    expect([...declaredMethods(description, 'idempotent')]).to.deep.equal(['shop/price']);
    expect([...declaredMethods(description, 'once')]).to.deep.equal(['shop/order']);
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
      expect(declaredMethods(odd, 'idempotent').size).to.equal(0);
    }
  });
});
