import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { loadLz4Library, type Lz4Library } from '../../lib/compression/lz4-library.ts';
import { lz4 } from '../../lib/compression/lz4.ts';
import { randomSample, seededNumbers, textSample } from '../support/samples.ts';

import { CAPTURED_FRAMES, LARGE_CAPTURED_FRAMES } from './captured-frames.ts';
import { compressorOf, describeContract, describeRoundTrips, refusal } from './compressor-suite.ts';
import { slowDecodeBlock } from './slow-lz4.ts';

const compressor = compressorOf(lz4());
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Fails the test that has it decode anything. */
const untouched: Lz4Library = {
  ...loadLz4Library(),
  uncompressSync: () => {
    throw new Error('the block was decoded');
  },
};

describe('lz4', () => {
  describeRoundTrips('test_lz4_compressor', () => compressor);
  describeContract(() => compressor);

  it('S-W3 is called LZ4 and declines a list with LZ4 in it', () => {
    const factory = lz4();
    expect(factory.supported).to.equal('LZ4');
    expect(compressor.name).to.equal('LZ4');
    expect(factory.negotiate('LZ4_FRAGMENTED,LZ4', true, () => undefined)).to.equal(undefined);
  });

  it('A5 decodes the frames that Seastar sent, and its own of the same content', () => {
    const captured = CAPTURED_FRAMES.filter((each) => each.compressor === 'LZ4');
    expect(captured).to.have.length.above(15);
    for (const { payload, frame } of captured) {
      expect(compressor.decompress(hex(payload), 1000).toString('hex')).to.equal(frame);
      const ours = compressor.compress(hex(frame));
      expect(compressor.decompress(ours, 1000).toString('hex')).to.equal(frame);
    }
  });

  for (const sample of LARGE_CAPTURED_FRAMES.filter((each) => each.compressor === 'LZ4')) {
    it(`A5 decodes Seastar's ${sample.name} to the exact bytes`, () => {
      const payload = Buffer.from(sample.payload, 'base64');
      const frame = compressor.decompress(payload, sample.frameBytes);
      expect(createHash('sha256').update(frame).digest('hex')).to.equal(sample.frameSha256);
      const ours = compressor.compress(frame);
      expect(compressor.decompress(ours, sample.frameBytes).equals(frame)).to.equal(true);
    });
  }

  it('A5 compresses the end of a stream to the bytes that Seastar sends', () => {
    const payload = compressor.compress(hex('ffffffff'));
    expect(payload.toString('hex')).to.equal('04000000' + '40ffffffff');
  });

  it('A5 ends a block as liblz4 demands: literals last, no match near the end', () => {
    for (const frame of [textSample(5000), randomSample(5000), Buffer.alloc(5000)]) {
      const block = slowDecodeBlock(compressor.compress(frame).subarray(4));
      expect(block.bytes.equals(frame)).to.equal(true);
      expect(block.lastLiterals).to.be.at.least(5);
      expect(block.lastMatchAt ?? 0).to.be.at.most(5000 - 12);
    }
  });

  it('F12 refuses a declared size that is not the real one, both ways', () => {
    expect(compressor.decompress(hex('04000000 40 61626364'), 100).toString()).to.equal('abcd');
    expect(refusal(compressor, hex('10000000 40 61626364'))).to.include('to 4 bytes where 16');
    expect(refusal(compressor, hex('05000000 40 61626364'))).to.include('to 4 bytes where 5');
    expect(refusal(compressor, hex('03000000 40 61626364'))).to.include('does not decode');
  });

  it('F12 refuses a size of 0, as Seastar does', () => {
    for (const payload of ['00000000', '00000000 00', '00000000 40 61626364']) {
      expect(refusal(compressor, hex(payload))).to.include('is 0');
    }
  });

  it('F12 refuses references before the start, and to nothing', () => {
    // One literal, a match of eight, five literals. From one back it is a run.
    const run = compressor.decompress(hex('0e000000 14 61 0100 50 6263646566'), 100);
    expect(run.toString()).to.equal('aaaaaaaaabcdef');
    for (const offset of ['0000', '0200', '0500', 'ffff']) {
      const payload = hex(`0e000000 14 61 ${offset} 50 6263646566`);
      expect(refusal(compressor, payload), offset).to.include('does not decode');
    }
  });

  it('F12 refuses bytes after the end of the block', () => {
    refusal(compressor, hex('04000000 40 61626364 00'));
    refusal(compressor, hex('04000000 40 61626364 61626364'));
  });

  it('E1 decompression bomb: refuses by the declared size, before decoding', () => {
    const cautious = compressorOf(lz4({ load: () => untouched }));
    const bomb = compressor.compress(Buffer.alloc(1_000_001));
    expect(refusal(cautious, bomb, 1_000_000)).to.include('above the limit of 1000000');
    expect(refusal(cautious, hex('ffffffff 00'), 1000)).to.include('above the limit');
    expect(refusal(cautious, hex('00000001 40 61626364'), 2 ** 30)).to.include("can't hold");
  });

  it('E1 uninitialized memory: a flipped bit gives an error or what the block does say', () => {
    const payload = compressor.compress(textSample(400));
    for (let bit = 32; bit < payload.length * 8; bit++) {
      const flipped = Buffer.from(payload);
      flipped.writeUInt8(payload.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expectErrorOrExact(flipped);
    }
  });

  it('E1 uninitialized memory: random blocks give an error or what the block does say', () => {
    const next = seededNumbers(12);
    for (let round = 0; round < 20_000; round++) {
      const payload = randomSample(5 + (next() % 30), next());
      payload.writeUInt32LE(1 + (next() % 40), 0);
      expectErrorOrExact(payload);
    }
  });
});

/** Whatever is accepted has to be what the slow decoder makes of it, byte for byte. */
function expectErrorOrExact(payload: Buffer): void {
  let frame: Buffer;
  try {
    frame = compressor.decompress(payload, 1000);
  } catch (error) {
    expect(error).to.have.property('code', 'ERR_COMPRESSION');
    return;
  }
  expect(frame).to.have.length(payload.readUInt32LE(0));
  expect(frame.equals(slowDecodeBlock(payload.subarray(4)).bytes)).to.equal(true);
}
