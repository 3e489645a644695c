import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';

import { expect } from 'chai';

import type { ZstdLibrary } from '../../lib/compression/zstd-library.ts';
import { zstd } from '../../lib/compression/zstd.ts';
import { OptionError } from '../../lib/errors/errors.ts';
import { randomSample, textSample, zeroSample } from '../support/samples.ts';

import { compressorOf, describeContract, describeRoundTrips, refusal } from './compressor-suite.ts';

/** Deflate in the place of zstd, which this Node may lack: payloads are framed and judged alike. */
const deflate: ZstdLibrary = {
  compress: (data, level) => zlib.deflateSync(data, { level: Math.min(level, 9) }),
  decompress: (bytes, maxBytes) => zlib.inflateSync(bytes, { maxOutputLength: maxBytes }),
};

/** A library whose frames are one byte, and whose content is always this. */
function answering(content: Buffer): ZstdLibrary {
  return { compress: () => Buffer.of(0x28), decompress: () => content };
}

const hasZstd = 'zstdCompressSync' in zlib;
const describeWithZstd = hasZstd ? describe : describe.skip;

describe('zstd', () => {
  it('says which Node has zstd, or offers it', () => {
    if (hasZstd) expect(zstd().supported).to.equal('ZSTD');
    else expect(() => zstd()).to.throw(OptionError, /Node 22\.15 or later/);
  });

  it('E2 takes levels of 1 to 22', () => {
    const load = (): ZstdLibrary => deflate;
    for (const level of [1, 22]) zstd({ level, load });
    for (const level of [0, -1, 23, 1.5, NaN]) {
      expect(() => zstd({ level, load })).to.throw(
        OptionError,
        'must be a whole number from 1 to 22',
      );
    }
  });

  it('compresses at the given level, 3 without one', () => {
    const levels: number[] = [];
    const load = (): ZstdLibrary => ({
      ...deflate,
      compress: (data, level) => {
        levels.push(level);
        return deflate.compress(data, level);
      },
    });
    compressorOf(zstd({ load })).compress(Buffer.from('a'));
    compressorOf(zstd({ load, level: 19 })).compress(Buffer.from('a'));
    expect(levels).to.deep.equal([3, 19]);
  });

  it('writes the size, then zero bytes up to a thousandth of it, then the compressed bytes', () => {
    const compressor = compressorOf(zstd({ load: () => answering(Buffer.alloc(0)) }));
    const payloadOf = (size: number): string =>
      compressor.compress(zeroSample(size)).toString('hex');
    expect(payloadOf(1)).to.equal('01000000' + '28');
    expect(payloadOf(5000)).to.equal('88130000' + '28');
    expect(payloadOf(5001)).to.equal('89130000' + '00' + '28');
    expect(payloadOf(8000)).to.equal('401f0000' + '000000' + '28');
  });

  it('E1 decompression bomb: refuses more than a thousand bytes for one', () => {
    const content = zeroSample(8000);
    const compressor = compressorOf(zstd({ load: () => answering(content) }));
    const payload = compressor.compress(content);
    expect(compressor.decompress(payload, 8000)).to.equal(content);
    const lighter = Buffer.concat([payload.subarray(0, 4), payload.subarray(5)]);
    expect(refusal(compressor, lighter, 8000)).to.include("can't hold");
  });

  it('F12 refuses any size but the declared one, and a size of 0', () => {
    const payload = Buffer.from('0400000028', 'hex');
    for (const size of [0, 3, 5]) {
      const compressor = compressorOf(zstd({ load: () => answering(Buffer.alloc(size)) }));
      expect(refusal(compressor, payload)).to.include(`to ${size} bytes where 4 were declared`);
      expect(refusal(compressor, Buffer.alloc(5))).to.include('is 0');
    }
  });
});

describe('zstd over a stand-in', () => {
  const compressor = compressorOf(zstd({ load: () => deflate }));
  describeRoundTrips('E1', () => compressor);
  describeContract(() => compressor);
});

describeWithZstd(`zstd of node:zlib${hasZstd ? '' : ' (skipped: this Node has no zstd)'}`, () => {
  describeRoundTrips('E1', () => compressorOf(zstd()));
  describeContract(() => compressorOf(zstd()));

  it('takes frames of other writers, which ask for a window of up to 8 MiB', async () => {
    for (const windowLog of [10, 17, 21, 23]) {
      for (const content of [textSample(5), textSample(3_000), randomSample(400_000)]) {
        const frame = await streamed(content, windowLog);
        const size = Buffer.alloc(4);
        size.writeUInt32LE(content.length, 0);
        const back = compressorOf(zstd()).decompress(Buffer.concat([size, frame]), 400_000);
        expect(back.equals(content)).to.equal(true);
      }
    }
  });

  it('gives the start of a frame that it would not decompress as a whole', () => {
    const compressor = compressorOf(zstd());
    for (const content of [textSample(500_000), randomSample(500_000), zeroSample(500_000)]) {
      const start = compressor.decompressStart?.(compressor.compress(content), 20);
      expect(start?.subarray(0, 20).equals(content.subarray(0, 20))).to.equal(true);
    }
  });
});

/** A frame of a writer that does not know the size of the content before. */
async function streamed(content: Buffer, windowLog: number): Promise<Buffer> {
  // The types of Node 20 have no zstd; this runs only where Node has it.
  const { createZstdCompress } = zlib as unknown as {
    createZstdCompress(options: { params: Record<number, number> }): Transform;
  };
  const stream = createZstdCompress({ params: { 101: windowLog } });
  stream.write(content.subarray(0, 1));
  stream.end(content.subarray(1));
  return Buffer.concat(await stream.toArray());
}
