import { expect } from 'chai';

import { raw } from '../../lib/serializer/raw.ts';
import { SERIALIZER } from '../../lib/serializer/serializer.ts';

describe('an option that takes a serializer', () => {
  it('takes what can write and read, and says what it takes', () => {
    expect(SERIALIZER(raw)).to.equal(undefined);
    for (const half of [{ encode: () => {} }, { decode: () => [] }, 'json']) {
      expect(SERIALIZER(half)).to.match(
        /^must be a serializer such as bson or packed\(i32\), not /,
      );
    }
  });
});
