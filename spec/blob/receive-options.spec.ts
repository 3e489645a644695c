import { expect } from 'chai';

import { OptionError } from '../../lib/index.ts';
import type { ReceiveBlobOptions } from '../../lib/blob.ts';
import { resolveReceiving } from '../../lib/blob/receive-options.ts';

const CRC = 'CBF43926';

describe('service/blob/receive-options', () => {
  it('fills in the defaults, the limit as its function has it', () => {
    expect(resolveReceiving({}, 1_000)).to.include({ maxBytes: 1_000, expectedDigest: undefined });
    expect(resolveReceiving({ maxBytes: Infinity }, 1_000).maxBytes).to.equal(Infinity);
    expect(resolveReceiving({ maxBytes: 0 }, 1_000).maxBytes).to.equal(0);
  });

  it('takes a digest in either case, or that it was appended', () => {
    for (const [expectedDigest, resolved] of [
      [CRC, 'cbf43926'],
      ['appended', 'appended'],
    ]) {
      const options = { checksum: 'crc32', expectedDigest } as const;
      expect(resolveReceiving(options, 0).expectedDigest).to.equal(resolved);
    }
  });

  const refused: readonly [string, ReceiveBlobOptions, string][] = [
    ['a negative limit', { maxBytes: -1 }, 'maxBytes'],
    ['a digest without a checksum', { expectedDigest: CRC }, 'expectedDigest'],
    ['a digest of another length', { checksum: 'sha256', expectedDigest: CRC }, 'expectedDigest'],
    [
      'a digest that is no hex',
      { checksum: 'crc32', expectedDigest: 'checksum' },
      'expectedDigest',
    ],
  ];
  for (const [what, options, option] of refused) {
    it(`refuses ${what} by the option's name`, () => {
      expect(() => resolveReceiving(options, 0))
        .to.throw(OptionError)
        .that.includes({ option });
    });
  }
});
