import { expect } from 'chai';

import { decodeHandle, encodeHandle } from '../../../lib/serializer/bson/handle-content.ts';
import { hex } from '../support/codec.ts';

const CONTENT = hex('0000020000000000 62736f6e');

describe('serializer/bson/handle-content', () => {
  it('is the id and the name of the serializer', () => {
    expect(encodeHandle({ id: 0x20000n, serializer: 'bson' })).to.deep.equal(CONTENT);
    expect(decodeHandle(CONTENT, 0, CONTENT.length)).to.deep.equal({
      id: 0x20000n,
      serializer: 'bson',
    });
  });

  it('reads its range only', () => {
    const bytes = Buffer.concat([hex('ff'), CONTENT, hex('ff')]);
    expect(decodeHandle(bytes, 1, bytes.length - 1)?.serializer).to.equal('bson');
  });

  it('is malformed without a name, or with one that is not UTF-8', () => {
    for (let end = 0; end <= 8; end++) {
      expect(decodeHandle(CONTENT, 0, end)).to.equal(undefined);
    }
    const invalid = hex('0000020000000000 ff');
    expect(decodeHandle(invalid, 0, invalid.length)).to.equal(undefined);
  });
});
