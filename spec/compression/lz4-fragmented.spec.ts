import { createHash } from 'node:crypto';

import { expect } from 'chai';

import { lz4Fragmented } from '../../lib/compression/lz4-fragmented.ts';
import { loadLz4Library, type Lz4Library } from '../../lib/compression/lz4-library.ts';
import { randomSample, SAMPLES, seededNumbers, textSample } from '../support/samples.ts';

import { CAPTURED_FRAMES, LARGE_CAPTURED_FRAMES } from './captured-frames.ts';
import { compressorOf, describeContract, describeRoundTrips, refusal } from './compressor-suite.ts';
import { slowDecodeChunks } from './slow-lz4.ts';

const CHUNK = 32_768;
const LAST = 0x8000_0000;

const library = loadLz4Library();
const compressor = compressorOf(lz4Fragmented());
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Fails the test that has it decode anything. */
const untouched: Lz4Library = {
  ...library,
  uncompressSync: () => {
    throw new Error('a block was decoded');
  },
};

function chunk(header: number, block: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + block.length);
  bytes.writeUInt32LE(header, 0);
  block.copy(bytes, 4);
  return bytes;
}

/** A chunk before the last, which does not refer back. */
function fullChunk(content: Buffer): Buffer {
  const block = library.compressSync(content).subarray(4);
  return chunk(block.length, block);
}

function lastChunk(content: Buffer): Buffer {
  return chunk(LAST + content.length, library.compressSync(content).subarray(4));
}

/** What the headers of a payload say: the sizes after decompression, the last one's at the end. */
function declaredSizes(payload: Buffer): number[] {
  const sizes: number[] = [];
  let at = 0;
  for (; payload.readUInt32LE(at) < LAST; at += 4 + payload.readUInt32LE(at)) sizes.push(CHUNK);
  return [...sizes, payload.readUInt32LE(at) - LAST];
}

describe('lz4Fragmented', () => {
  describeRoundTrips('test_lz4_fragmented_compressor', () => compressor);
  describeContract(() => compressor);

  it('S-W3 is called LZ4_FRAGMENTED', () => {
    expect(lz4Fragmented().supported).to.equal('LZ4_FRAGMENTED');
    expect(compressor.name).to.equal('LZ4_FRAGMENTED');
  });

  it('A5 decodes the frames that Seastar sent, and its own of the same content', () => {
    const captured = CAPTURED_FRAMES.filter((each) => each.compressor === 'LZ4_FRAGMENTED');
    expect(captured).to.have.length.above(10);
    for (const { payload, frame } of captured) {
      expect(compressor.decompress(hex(payload), 1000).toString('hex')).to.equal(frame);
      const ours = compressor.compress(hex(frame));
      expect(compressor.decompress(ours, 1000).toString('hex')).to.equal(frame);
    }
  });

  for (const sample of LARGE_CAPTURED_FRAMES.filter((each) => each.compressor !== 'LZ4')) {
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
    expect(payload.toString('hex')).to.equal('04000080' + '40ffffffff');
  });

  it('A5 cuts a frame into chunks of 32 KiB, and a multiple of it ends with a full one', () => {
    const table = [
      [1, [1]],
      [CHUNK - 1, [CHUNK - 1]],
      [CHUNK, [CHUNK]],
      [CHUNK + 1, [CHUNK, 1]],
      [2 * CHUNK, [CHUNK, CHUNK]],
      [2 * CHUNK + 1, [CHUNK, CHUNK, 1]],
      [3 * CHUNK, [CHUNK, CHUNK, CHUNK]],
    ] as const;
    for (const [size, sizes] of table) {
      for (const sample of Object.values(SAMPLES)) {
        expect(declaredSizes(compressor.compress(sample(size)))).to.deep.equal(sizes);
      }
    }
  });

  it('A5 chunks refer back to those before, which makes text smaller', () => {
    const first = randomSample(CHUNK);
    const linked = compressor.compress(Buffer.concat([first, first]));
    expect(linked.length).to.be.below(CHUNK * 1.1);
  });

  it('A5 ends each block as liblz4 demands: literals last, no match near the end', () => {
    for (const sample of Object.values(SAMPLES)) {
      const frame = sample(3 * CHUNK + 5000);
      const blocks = slowDecodeChunks(compressor.compress(frame));
      expect(Buffer.concat(blocks.map((block) => block.bytes)).equals(frame)).to.equal(true);
      for (const { bytes, lastLiterals, lastMatchAt } of blocks) {
        expect(lastLiterals).to.be.at.least(5);
        expect(lastMatchAt ?? 0).to.be.at.most(bytes.length - 12);
      }
    }
  });

  it('A5 takes chunks that do not refer back', () => {
    const text = textSample(2 * CHUNK + 100);
    const payload = Buffer.concat([
      fullChunk(text.subarray(0, CHUNK)),
      fullChunk(text.subarray(CHUNK, 2 * CHUNK)),
      lastChunk(text.subarray(2 * CHUNK)),
    ]);
    expect(compressor.decompress(payload, text.length).equals(text)).to.equal(true);
  });

  it('A5 takes a last chunk of more than 32 KiB', () => {
    const text = textSample(100_000);
    expect(compressor.decompress(lastChunk(text), 100_000).equals(text)).to.equal(true);
    const behind = Buffer.concat([fullChunk(text.subarray(0, CHUNK)), lastChunk(text)]);
    expect(compressor.decompress(behind, 200_000).subarray(CHUNK).equals(text)).to.equal(true);
  });

  it("S-W12 takes Seastar's empty frame, a last chunk of no bytes", () => {
    expect(compressor.decompress(hex('00000080 00'), 0)).to.have.length(0);
    const text = textSample(CHUNK);
    const payload = Buffer.concat([fullChunk(text), hex('00000080 00')]);
    expect(compressor.decompress(payload, CHUNK).equals(text)).to.equal(true);
    for (const block of ['', '10 61', '00 00']) refusal(compressor, hex(`00000080 ${block}`));
  });

  it('A5 a chunk reaches back 65,535 bytes', () => {
    const before = randomSample(3 * CHUNK);
    const start = [0, 1, 2].map((i) => fullChunk(before.subarray(i * CHUNK, (i + 1) * CHUNK)));
    const payload = Buffer.concat([...start, hex('0d000080 04 ffff 50 6162636465')]);
    const frame = compressor.decompress(payload, 4 * CHUNK);
    const from = 3 * CHUNK - 65_535;
    expect(frame.subarray(3 * CHUNK, -5).equals(before.subarray(from, from + 8))).to.equal(true);
  });

  it('F12 refuses references before the start of the frame, in every chunk', () => {
    expect(refusal(compressor, hex('0e000080 14 61 0200 50 6263646566'))).to.include('decode');
    const first = fullChunk(randomSample(CHUNK));
    const whole = Buffer.concat([first, hex('0d000080 04 0080 50 6162636465')]);
    expect(compressor.decompress(whole, 2 * CHUNK)).to.have.length(CHUNK + 13);
    const tooFar = Buffer.concat([first, hex('0d000080 04 0180 50 6162636465')]);
    expect(refusal(compressor, tooFar)).to.include('does not decode');
  });

  it('F12 a frame never sees the frame before', () => {
    compressor.decompress(compressor.compress(textSample(3 * CHUNK)), 4 * CHUNK);
    refusal(compressor, hex('0d000080 04 0100 50 6162636465'));
  });

  it('F12 refuses a chunk of any size but 32 KiB before the last', () => {
    for (const size of [0, 1, CHUNK - 1, CHUNK + 1, 2 * CHUNK]) {
      refusal(compressor, Buffer.concat([fullChunk(textSample(size)), lastChunk(textSample(9))]));
    }
  });

  it('F12 refuses a last chunk whose declared size is not the real one, both ways', () => {
    expect(refusal(compressor, hex('10000080 40 61626364'))).to.include('to 4 bytes where 16');
    expect(refusal(compressor, hex('03000080 40 61626364'))).to.include('does not decode');
    const first = fullChunk(textSample(CHUNK));
    for (const header of ['10000080', '05000080', '03000080', '00000080']) {
      refusal(compressor, Buffer.concat([first, hex(`${header} 40 61626364`)]));
    }
  });

  it('F12 refuses a frame without a last chunk, and a chunk that runs past the end', () => {
    const first = fullChunk(textSample(CHUNK));
    for (const rest of ['', '00', '000000', '05000000 40 616263', 'ffffff7f 40', '00000000']) {
      const payload = Buffer.concat([first, hex(rest)]);
      expect(refusal(compressor, payload), rest).to.include('before its last chunk');
    }
  });

  it('F12 refuses a frame of several chunks that is cut anywhere', () => {
    const payload = compressor.compress(Buffer.alloc(3 * CHUNK + 1000));
    for (let size = 4; size < payload.length; size++) {
      refusal(compressor, payload.subarray(0, size));
    }
  });

  it('E1 decompression bomb: adds up the chunks and refuses before decoding one', () => {
    const cautious = compressorOf(lz4Fragmented({ load: () => untouched }));
    for (const excess of [1, CHUNK]) {
      const bomb = compressor.compress(Buffer.alloc(4 * CHUNK + excess));
      expect(refusal(cautious, bomb, 4 * CHUNK)).to.include('above the limit');
    }
    const endless = Buffer.alloc(1_000_000);
    expect(refusal(cautious, endless, 1_000_000)).to.include('above the limit');
    expect(refusal(cautious, hex('ffffffff 00'), 1000)).to.include('above the limit');
    expect(refusal(cautious, hex('00000081 40 61626364'), 2 ** 30)).to.include("can't hold");
    expect(refusal(cautious, endless.subarray(0, 400), 2 ** 30)).to.include("can't hold");
  });

  it('E1 uninitialized memory: a changed byte gives an error or what the chunks do say', () => {
    const intact = compressor.compress(textSample(CHUNK + 300));
    const next = seededNumbers(5);
    for (let round = 0; round < 60; round++) {
      const payload = Buffer.from(intact);
      // Each other time in the last chunk, where errors have nothing behind them to hide in.
      const at = round % 2 ? next() % payload.length : payload.length - 1 - (next() % 100);
      payload[at] = next() & 0xff;
      expectErrorOrExact(payload);
    }
  });
});

/** Whatever is accepted has to be what the slow decoder makes of it, byte for byte. */
function expectErrorOrExact(payload: Buffer): void {
  let frame: Buffer;
  try {
    frame = compressor.decompress(payload, 4 * CHUNK);
  } catch (error) {
    expect(error).to.have.property('code', 'ERR_COMPRESSION');
    return;
  }
  const blocks = slowDecodeChunks(payload);
  expect(frame.equals(Buffer.concat(blocks.map((block) => block.bytes)))).to.equal(true);
}
