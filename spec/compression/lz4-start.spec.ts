import { expect } from 'chai';

import { loadLz4Library } from '../../lib/compression/lz4-library.ts';
import { decodeLz4Start } from '../../lib/compression/lz4-start.ts';
import { hex } from '../support/chunks.ts';
import { SAMPLES } from '../support/samples.ts';

const library = loadLz4Library();

describe('decodeLz4Start', () => {
  for (const [kind, sample] of Object.entries(SAMPLES)) {
    it(`gives the first bytes of a block of ${kind}, however few`, () => {
      const frame = sample(70_000);
      const chunk = library.compressSync(frame);
      for (const bytes of [1, 4, 20, 28, 300, 5_000]) {
        expect(decodeLz4Start(chunk, bytes)?.equals(frame.subarray(0, bytes))).to.equal(true);
      }
    });
  }

  it('needs no more of the block than holds them', () => {
    // Three literals, then a match of four that is the last literal again and again.
    const chunk = hex('00000000 30 616263 0100 f0 0e');
    expect(decodeLz4Start(chunk, 7)?.toString()).to.equal('abccccc');
    expect(decodeLz4Start(chunk.subarray(0, 8), 3)?.toString()).to.equal('abc');
  });

  it('F12 gives nothing for a block that is cut, or refers to bytes before its start', () => {
    const lies = ['', '30 6162', '30 616263', '30 616263 01', '30 616263 0000', '30 616263 0400'];
    for (const lie of [...lies, 'ff ff', '1f 61 0100 ff']) {
      expect(decodeLz4Start(hex(`00000000 ${lie}`), 100), lie).to.equal(undefined);
    }
  });
});
