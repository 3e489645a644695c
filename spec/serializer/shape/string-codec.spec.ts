import { expect } from 'chai';

import { shaped } from '../../../lib/serializer/shape/shaped.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { decode, encode } from '../support/codec.ts';

describe('serializer/shape/string-codec', () => {
  it('lays text out whole where a slab of memory ends', () => {
    const three = shaped(string, string, string);
    const value = '€'.repeat(4_000);
    const all: [string, string, string] = [value, value, value];
    expect(decode(three, encode(three, all))).to.deep.equal(all);
  });
});
