import { expect } from 'chai';

import { typeName } from '../../lib/serializer/type-name.ts';

describe('serializer/type-name', () => {
  for (const [name, value] of [
    ['null', null],
    ['undefined', undefined],
    ['a number', 1],
    ['a bigint', 1n],
    ['a string', ''],
    ['an object', {}],
    ['an object', []],
    ['a function', () => 1],
  ] as const) {
    it(`calls one ${name}`, () => {
      expect(typeName(value)).to.equal(name);
    });
  }
});
