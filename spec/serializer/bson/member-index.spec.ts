import { expect } from 'chai';

import { MAX_MEMBERS, memberIndex } from '../../../lib/serializer/bson/member-index.ts';

function indexOf(key: string): number {
  const bytes = Buffer.from(`x${key}x`);
  return memberIndex(bytes, 1, bytes.length - 1);
}

describe('serializer/bson/member-index', () => {
  it('reads every index below the limit and none beyond', () => {
    for (let index = 0; index < MAX_MEMBERS; index++) expect(indexOf(`${index}`)).to.equal(index);
    for (const key of ['1024', '1025', '9999', '10000']) expect(indexOf(key)).to.equal(-1);
  });

  it('refuses what is not the canonical form', () => {
    for (const key of [
      '',
      '00',
      '01',
      '0001',
      '-1',
      '+1',
      '1.0',
      '1e1',
      ' 1',
      '1 ',
      'a',
      '0x1',
      '١',
    ]) {
      expect(indexOf(key), JSON.stringify(key)).to.equal(-1);
    }
  });
});
