import { expect } from 'chai';

import { checkDeclaredSize, checkExactSize } from '../../lib/compression/declared-size.ts';
import { CompressionError } from '../../lib/errors/errors.ts';

describe('checkDeclaredSize', () => {
  it('E1 decompression bomb: takes a size up to the limit and not one byte more', () => {
    const bounds = { payloadBytes: 100, maxRatio: 255, limitBytes: 1000 };
    for (const size of [0, 999, 1000]) checkDeclaredSize(size, bounds);
    expect(() => checkDeclaredSize(1001, bounds)).to.throw(CompressionError, 'limit of 1000');
  });

  it('E1 decompression bomb: takes a size up to the ratio and not one byte more', () => {
    const bounds = { payloadBytes: 10, maxRatio: 255, limitBytes: 1e9 };
    for (const size of [2549, 2550]) checkDeclaredSize(size, bounds);
    expect(() => checkDeclaredSize(2551, bounds)).to.throw(CompressionError, "can't hold");
  });
});

describe('checkExactSize', () => {
  it('F12 hands on bytes of exactly the declared size and refuses less and more', () => {
    const bytes = Buffer.from('abc');
    expect(checkExactSize(bytes, 3)).to.equal(bytes);
    for (const size of [0, 2, 4]) {
      expect(() => checkExactSize(bytes, size)).to.throw(CompressionError, `${size} were declared`);
    }
  });
});
