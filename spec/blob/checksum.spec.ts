import { expect } from 'chai';

import { isChecksumAlgorithm, startChecksum } from '../../lib/blob/checksum.ts';

const DIGITS = Buffer.from('123456789');

describe('service/blob/checksum', () => {
  // The check values of the algorithms' own definitions.
  for (const [algorithm, digest] of [
    ['crc32', 'cbf43926'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const) {
    it(`computes ${algorithm} over pieces as over the whole`, () => {
      const checksum = startChecksum(algorithm);
      for (const piece of [DIGITS.subarray(0, 4), DIGITS.subarray(4, 4), DIGITS.subarray(4)]) {
        checksum?.update(piece);
      }
      expect(checksum?.algorithm).to.equal(algorithm);
      expect(checksum?.digest().toString('hex')).to.equal(digest);
      expect(checksum?.digest().toString('hex'), 'asked again').to.equal(digest);
    });
  }

  it('has nothing to compute for none', () => {
    expect(startChecksum('none')).to.equal(undefined);
  });

  it('knows its algorithms by their own names only', () => {
    for (const name of ['sha256', 'crc32']) expect(isChecksumAlgorithm(name)).to.equal(true);
    for (const name of ['none', 'SHA256', 'toString', '', 1, undefined]) {
      expect(isChecksumAlgorithm(name), String(name)).to.equal(false);
    }
  });
});
