/**
 * What every compressor must do, as suites to run against each of them.
 */
import { expect } from 'chai';

import type { Compressor, CompressorFactory } from '../../lib/compression/compressor.ts';
import { CompressionError } from '../../lib/errors/errors.ts';
import { SAMPLES, textSample } from '../support/samples.ts';

const MIB = 1_048_576;

const SIZES = [
  1, 2, 3, 100, 32_767, 32_768, 32_769, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073,
  1_048_576, 4_194_303, 4_194_304, 4_194_305,
];

/** The compressor of a factory that knows one. */
export function compressorOf(factory: CompressorFactory): Compressor {
  const compressor = factory.negotiate(factory.supported, true, () => undefined);
  if (compressor === undefined) throw new Error(`${factory.supported} declined its own name`);
  return compressor;
}

/** The error of decompressing, which has to be the peer's CompressionError. */
export function refusal(compressor: Compressor, payload: Buffer, limitBytes: number = MIB): string {
  try {
    compressor.decompress(payload, limitBytes);
  } catch (error) {
    expect(error).to.be.instanceOf(CompressionError);
    expect(error).to.include({ code: 'ERR_COMPRESSION', initiator: 'remote' });
    return (error as CompressionError).message; // as the line above has proved
  }
  throw new Error(`${payload.length} bytes were accepted`);
}

/** One test for each kind of data, through all sizes. */
export function describeRoundTrips(row: string, make: () => Compressor): void {
  for (const [kind, sample] of Object.entries(SAMPLES)) {
    it(`${row} gives back ${kind} of 1 B to 4 MiB + 1`, () => {
      const compressor = make();
      const whole = sample(4 * MIB + 1);
      for (const size of SIZES) {
        const frame = whole.subarray(0, size);
        const payload = compressor.compress(frame);
        const back = compressor.decompress(payload, size);
        expect(back.equals(frame), `${size} bytes`).to.equal(true);
      }
    });
  }
}

/** Limits, empty frames, and who owns which memory. */
export function describeContract(make: () => Compressor): void {
  it('E2 refuses a frame of limit + 1 bytes and takes limit and limit - 1', () => {
    const compressor = make();
    for (const limit of [100, 32_768, 65_536, 100_000]) {
      const text = textSample(limit + 1);
      for (const size of [limit - 1, limit]) {
        const payload = compressor.compress(text.subarray(0, size));
        expect(compressor.decompress(payload, limit)).to.have.length(size);
      }
      const oversized = compressor.compress(text);
      expect(refusal(compressor, oversized, limit)).to.include(`above the limit of ${limit}`);
    }
  });

  it('S-W12 sends nothing for an empty frame and takes 0 to 3 bytes for one', () => {
    const compressor = make();
    expect(compressor.compress(Buffer.alloc(0))).to.have.length(0);
    for (let size = 0; size < 4; size++) {
      expect(compressor.decompress(Buffer.alloc(size, 0x61), 0)).to.have.length(0);
    }
  });

  it('leaves frame and payload as they were and shares no memory with them', () => {
    const compressor = make();
    for (const size of [10, 40_000, 100_000]) {
      const frame = textSample(size);
      const payload = compressor.compress(frame);
      const payloadBefore = Buffer.from(payload);
      const back = compressor.decompress(payload, size);
      expect(payload.equals(payloadBefore)).to.equal(true);
      payload.fill(0);
      compressor.decompress(compressor.compress(frame.subarray(1)), size);
      expect(frame.equals(textSample(size))).to.equal(true);
      expect(back.equals(frame)).to.equal(true);
    }
  });

  it('F12 refuses a payload that is cut anywhere', () => {
    const compressor = make();
    const payload = compressor.compress(textSample(300));
    for (let size = 4; size < payload.length; size++) {
      refusal(compressor, payload.subarray(0, size));
    }
  });
}
