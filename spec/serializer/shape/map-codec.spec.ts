import { expect } from 'chai';

import { shaped } from '../../../lib/serializer/shape/shaped.ts';
import { i32 } from '../../../lib/serializer/types/integers.ts';
import { map } from '../../../lib/serializer/types/map.ts';
import { string } from '../../../lib/serializer/types/string.ts';
import { decode, encode } from '../support/codec.ts';

describe('serializer/shape/map-codec', () => {
  it('takes either of the two keys that are a DBRef together', () => {
    const one = shaped(map(string, i32));
    for (const key of ['$ref', '$id']) {
      const value = new Map([[key, 1]]);
      expect(decode(one, encode(one, [value]))).to.deep.equal([value]);
    }
  });
});
