import * as zlib from 'node:zlib';

import { expect } from 'chai';

import { loadNodeZstd } from '../../lib/compression/zstd-library.ts';
import { OptionError } from '../../lib/errors/errors.ts';
import { textSample, zeroSample } from '../support/samples.ts';

const hasZstd = 'zstdCompressSync' in zlib;
const itWithZstd = hasZstd ? it : it.skip;
const why = hasZstd ? '' : ' (skipped: this Node has no zstd)';
const itWithoutZstd = hasZstd ? it.skip : it;
const whyNot = hasZstd ? ' (skipped: this Node has zstd)' : '';

describe('loadNodeZstd', () => {
  it('says which Node has zstd where the given one has none', () => {
    expect(() => loadNodeZstd({})).to.throw(OptionError, /Node 22\.15 or later/);
  });

  itWithoutZstd(`refuses on this Node${whyNot}`, () => {
    expect(() => loadNodeZstd()).to.throw(OptionError, process.version);
  });

  itWithZstd(`compresses the better the higher the level${why}`, () => {
    const { compress, decompress } = loadNodeZstd();
    const text = textSample(100_000);
    const sizes = [1, 3, 19].map((level) => compress(text, level).length);
    expect(sizes).to.deep.equal(sizes.toSorted((a, b) => b - a));
    for (let level = 1; level <= 22; level++) {
      expect(decompress(compress(text, level), text.length).equals(text)).to.equal(true);
    }
  });

  itWithZstd(`E1 decompression bomb: stops at the given size${why}`, () => {
    const { compress, decompress } = loadNodeZstd();
    const bomb = compress(zeroSample(1_000_000), 3);
    expect(decompress(bomb, 1_000_000)).to.have.length(1_000_000);
    for (const maxBytes of [1, 64, 1000]) expect(() => decompress(bomb, maxBytes)).to.throw();
    expect(() => decompress(bomb, 999_999)).to.throw(RangeError, '999999');
  });

  itWithZstd(`E1 decompression bomb: refuses a window larger than the content${why}`, () => {
    const { decompress } = loadNodeZstd();
    // One raw block of "abcd" in a frame without a content size: window of 128 MiB, then of 1 KiB.
    const frame = (window: string): Buffer =>
      Buffer.from(`28b52ffd00${window}21000061626364`, 'hex');
    expect(decompress(frame('00'), 4).toString()).to.equal('abcd');
    expect(() => decompress(frame('88'), 4)).to.throw(/[Ww]indow|memory/);
  });
});
