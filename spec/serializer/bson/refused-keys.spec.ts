import { expect } from 'chai';

import { RefusedKeys } from '../../../lib/serializer/bson/refused-keys.ts';

describe('serializer/bson/refused-keys', () => {
  const keys = new RefusedKeys(['constructor', 'größe', '']);

  it('E1-bson knows names as text and as bytes', () => {
    for (const name of ['__proto__', '_bsontype', 'constructor', 'größe', '']) {
      const bytes = Buffer.from(`..${name}..`);
      expect(keys.has(name), name).to.equal(true);
      expect(keys.hasBytes(bytes, 2, bytes.length - 2), name).to.equal(true);
    }
  });

  it('passes names that need no second look, and none that is refused or unfit', () => {
    for (const name of ['a', 'seq', 'full name', 'x'.repeat(32)]) {
      expect(keys.passes(name), name).to.equal(true);
    }
    const unfit = ['__proto__', 'constructor', 'größe', '', 'a\0b', 'é', '\ud800', 'x'.repeat(33)];
    for (const name of unfit) expect(keys.passes(name), name).to.equal(false);
    expect(keys.passes('card')).to.equal(false);
    expect(keys.has('card')).to.equal(false);
  });

  it('lets all others pass', () => {
    for (const name of ['__proto_', '__proto___', '__PROTO__', 'prototype', 'a']) {
      const bytes = Buffer.from(name);
      expect(keys.has(name), name).to.equal(false);
      expect(keys.hasBytes(bytes, 0, bytes.length), name).to.equal(false);
    }
  });
});
