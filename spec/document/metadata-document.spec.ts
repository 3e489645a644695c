import { expect } from 'chai';

import { ProtocolError } from '../../lib/errors/errors.ts';
import { decodeMetadata, encodeMetadata } from '../../lib/document/metadata-document.ts';
import { encodePlain } from '../../lib/document/plain-bson.ts';
import { hex } from '../support/chunks.ts';

describe('metadata documents', () => {
  it('X5 carry texts and bytes by name', () => {
    const metadata = { 'trace-id': 'abc', digest: Buffer.of(1, 2, 3), empty: '' };
    const document = encodeMetadata(metadata);
    expect(decodeMetadata(document)).to.deep.equal(metadata);
  });

  it('are left out where there is nothing to say', () => {
    expect(encodeMetadata({})).to.equal(undefined);
    expect(decodeMetadata(undefined)).to.deep.equal({});
  });

  it('are refused where they are no record of texts and bytes', () => {
    for (const value of [null, 5, 'text', [], ['a'], { a: 1 }, { a: null }, { a: { b: 'c' } }]) {
      expect(() => decodeMetadata(encodePlain(value))).to.throw(ProtocolError);
    }
  });

  it('are refused where they do not decode, or name streams', () => {
    const promise = '19000000 05 3000 0c000000 8c 0200000000000000 62736f6e 00';
    for (const bytes of ['', '00', '05000000ff', promise]) {
      expect(() => decodeMetadata(hex(bytes))).to.throw(ProtocolError);
    }
  });
});
