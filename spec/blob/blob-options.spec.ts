import { expect } from 'chai';

import type { BlobChecksum } from '../../lib/blob.ts';
import { OptionError } from '../../lib/index.ts';
import { resolveSending, type SendBlobOptions } from '../../lib/blob/blob-options.ts';

describe('service/blob/blob-options', () => {
  it('N4 fills in the defaults; a chunk has 512 KiB', () => {
    expect(resolveSending({})).to.deep.equal({
      clock: undefined,
      bounds: { signal: undefined, timeoutMs: 0 },
      checksum: 'none',
      totalBytes: undefined,
      onProgress: undefined,
      chunkBytes: 524_288,
      appendDigest: false,
      onSent: undefined,
    });
  });

  for (const [chunkBytes, resolved] of [
    [0, 524_288],
    [1, 1],
    [16_777_216, 16_777_216],
  ] as const) {
    it(`N4 takes ${chunkBytes} bytes for a chunk of ${resolved}`, () => {
      expect(resolveSending({ chunkBytes }).chunkBytes).to.equal(resolved);
    });
  }

  const refused: readonly [string, SendBlobOptions, string][] = [
    ['a negative chunk', { chunkBytes: -1 }, 'chunkBytes'],
    ['a fraction of a byte', { chunkBytes: 0.5 }, 'chunkBytes'],
    ['a chunk that is no number', { chunkBytes: NaN }, 'chunkBytes'],
    ['a chunk above 16 MiB', { chunkBytes: 16_777_217 }, 'chunkBytes'],
    ['a negative time', { timeoutMs: -1 }, 'timeoutMs'],
    ['a negative total', { totalBytes: -1 }, 'totalBytes'],
    ['an unknown checksum', { checksum: 'md5' as BlobChecksum }, 'checksum'],
    ['a digest without a checksum', { appendDigest: true }, 'appendDigest'],
  ];
  for (const [what, options, option] of refused) {
    it(`N4 refuses ${what} by the option's name`, () => {
      expect(() => resolveSending(options))
        .to.throw(OptionError)
        .that.includes({ option });
    });
  }
});
