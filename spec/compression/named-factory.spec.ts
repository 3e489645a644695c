import { expect } from 'chai';

import type { Compressor } from '../../lib/compression/compressor.ts';
import { namedFactory } from '../../lib/compression/named-factory.ts';

const plain: Compressor = {
  name: 'PLAIN',
  compress: (frame) => frame,
  decompress: (payload) => payload,
};
const ignoreEmptyFrame = (): void => undefined;

describe('namedFactory', () => {
  it('S-W3 offers the compressor by its name', () => {
    expect(namedFactory(plain).supported).to.equal('PLAIN');
  });

  it('S-W3 agrees on exactly its name in both roles and declines all else', () => {
    const factory = namedFactory(plain);
    for (const isServer of [true, false]) {
      expect(factory.negotiate('PLAIN', isServer, ignoreEmptyFrame)).to.equal(plain);
      for (const other of [
        '',
        'plain',
        'PLAIN,',
        'PLAIN,OTHER',
        'OTHER,PLAIN',
        ' PLAIN',
        'OTHER',
      ]) {
        expect(factory.negotiate(other, isServer, ignoreEmptyFrame), other).to.equal(undefined);
      }
    }
  });
});
