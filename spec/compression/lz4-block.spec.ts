import { expect } from 'chai';

import { decodeLz4Block, MAX_LZ4_RATIO } from '../../lib/compression/lz4-block.ts';
import { loadLz4Library, type Lz4Library } from '../../lib/compression/lz4-library.ts';
import { CompressionError } from '../../lib/errors/errors.ts';
import { zeroSample } from '../support/samples.ts';

const library = loadLz4Library();
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** A library whose every result is this one. */
function answering(result: Buffer): Lz4Library {
  return { compressSync: () => result, uncompressSync: () => result };
}

describe('decodeLz4Block', () => {
  it('decodes the block behind the header, whatever the header says', () => {
    const chunk = hex('deadbeef 40 61626364');
    expect(decodeLz4Block(library, chunk, 4).toString()).to.equal('abcd');
  });

  it('leaves the chunk as it was, after a failure too', () => {
    const chunk = hex('deadbeef 40 61626364');
    decodeLz4Block(library, chunk, 4);
    expect(() => decodeLz4Block(library, chunk, 3)).to.throw(CompressionError);
    expect(() => decodeLz4Block(library, chunk, 5)).to.throw(CompressionError);
    expect(chunk.toString('hex')).to.equal('deadbeef4061626364');
  });

  it('refers back into the dictionary as if it had come before the block', () => {
    const chunk = hex('00000000 14 78 0300 50 6162636465');
    const dictionary = Buffer.from('..yz');
    // One literal, then eight bytes from three back: "yzx" again and again.
    const decoded = decodeLz4Block(library, chunk, 14, dictionary);
    expect(decoded.toString()).to.equal('xyzxyzxyzabcde');
  });

  it('E1 uninitialized memory: refuses what the library made shorter or longer than declared', () => {
    const chunk = hex('00000000 40 61626364');
    for (const size of [0, 3, 5]) {
      expect(() => decodeLz4Block(answering(Buffer.alloc(size)), chunk, 4)).to.throw(
        CompressionError,
        `decompressed to ${size} bytes where 4 were declared`,
      );
    }
    expect(decodeLz4Block(answering(Buffer.alloc(4)), chunk, 4)).to.have.length(4);
  });

  it('keeps the failure of the library as the cause', () => {
    const failure = new Error('out of bounds');
    const broken: Lz4Library = {
      ...answering(Buffer.alloc(0)),
      uncompressSync: () => {
        throw failure;
      },
    };
    expect(() => decodeLz4Block(broken, hex('00000000 00'), 1))
      .to.throw(CompressionError, 'out of bounds')
      .with.property('cause', failure);
  });

  it('E1 decompression bomb: no block of zeros reaches the greatest ratio', () => {
    for (const size of [1000, 100_000, 10_000_000]) {
      const block = library.compressSync(zeroSample(size));
      expect(size / (block.length - 4)).to.be.below(MAX_LZ4_RATIO);
    }
  });
});
