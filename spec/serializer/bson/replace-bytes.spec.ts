import { Binary, ObjectId } from 'bson';
import { expect } from 'chai';

import { replaceBytes } from '../../../lib/serializer/bson/replace-bytes.ts';

describe('serializer/bson/replace-bytes', () => {
  it('replaces views wherever records and arrays hold them', () => {
    const kept = Buffer.from('kept');
    const value = [
      Buffer.from('a'),
      { b: [{ c: Buffer.from('c') }, kept] },
      'text',
      null,
      undefined,
      5,
    ];
    const replaced = replaceBytes(value, (bytes) =>
      bytes === kept ? kept : Buffer.from(bytes).toString(),
    );
    expect(replaced).to.equal(value);
    expect(value).to.deep.equal(['a', { b: [{ c: 'c' }, kept] }, 'text', null, undefined, 5]);
  });

  it("does not enter js-bson's own values", () => {
    const binary = new Binary(Buffer.alloc(1), 128);
    const value = { id: new ObjectId(), at: new Date(0), binary };
    replaceBytes(value, () => expect.fail('entered'));
    expect(value.id.toHexString()).to.have.length(24);
  });
});
