import { expect } from 'chai';
import fc from 'fast-check';

import { ByteWriter, REFERENCE_BYTES } from '../../lib/base/byte-writer.ts';
import { SLAB_BYTES, SlabPool } from '../../lib/base/slab-pool.ts';
import { randomBytes } from '../support/chunks.ts';

interface Frame {
  readonly pieces: readonly number[];
  readonly isTakenBack: boolean;
  readonly isFlushedAfter: boolean;
}

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: REFERENCE_BYTES - 2, max: REFERENCE_BYTES + 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: 10_000, max: 15_000 }) },
);

const frame: fc.Arbitrary<Frame> = fc.record({
  pieces: fc.array(piece, { maxLength: 12 }),
  isTakenBack: fc.boolean(),
  isFlushedAfter: fc.boolean(),
});

const HEADER_BYTES = 8;

/** Writes a frame of a u32 mark, a u32 length and its payload; returns what should come of it. */
function writeFrame(out: ByteWriter, { pieces, isTakenBack }: Frame, mark: number): Buffer {
  out.beginFrame(HEADER_BYTES);
  const payload = pieces.map((bytes, index) => randomBytes(bytes, mark * 16 + index));
  for (const bytes of payload) out.append(bytes);
  const payloadBytes = out.frameBytes - HEADER_BYTES;
  out.patchU32(0, mark);
  out.patchU32(4, payloadBytes);
  if (isTakenBack) {
    out.rollbackFrame();
    return Buffer.alloc(0);
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(mark, 0);
  header.writeUInt32LE(Buffer.concat(payload).length, 4);
  return Buffer.concat([header, ...payload]);
}

describe('base/byte-writer', () => {
  it('gathers what was appended, without the frames that were taken back', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
        const out = new ByteWriter(new SlabPool());
        const written: Buffer[] = [];
        const expected: Buffer[] = [];
        for (const [mark, each] of frames.entries()) {
          expected.push(writeFrame(out, each, mark));
          if (!each.isFlushedAfter) continue;
          // As a socket does that is done at once.
          written.push(Buffer.concat(out.takeSegments()));
          out.release();
        }
        const { byteLength } = out;
        const rest = out.takeBytes();
        expect(rest).to.have.length(byteLength);
        expect(Buffer.concat([...written, rest]).equals(Buffer.concat(expected))).to.equal(true);
        expect(out.byteLength).to.equal(0);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it('keeps memory untouched that was handed over and is not yet written', () => {
    const pool = new SlabPool();
    const out = new ByteWriter(pool);
    const first = randomBytes(SLAB_BYTES - 10, 1);
    for (let at = 0; at < first.length; at += 1000) out.append(first.subarray(at, at + 1000));
    const segments = out.takeSegments();
    for (let i = 0; i < 200; i++) out.append(randomBytes(1000, i));
    expect(Buffer.concat(segments).equals(first)).to.equal(true);
  });

  it('copies small views and refers to large ones', () => {
    const out = new ByteWriter(new SlabPool());
    const small = randomBytes(REFERENCE_BYTES - 1, 1);
    const large = randomBytes(REFERENCE_BYTES, 2);
    out.append(small);
    out.append(large);
    const segments = out.takeSegments();
    expect(segments).to.have.length(2);
    expect(segments[0]?.buffer).not.to.equal(small.buffer);
    expect(segments[1]).to.equal(large);
  });

  it('finds room for more than a slab holds', () => {
    const out = new ByteWriter(new SlabPool());
    out.append(Buffer.from('ab'));
    out.reserve(SLAB_BYTES + 1);
    out.buffer.fill('c', out.offset, out.offset + SLAB_BYTES + 1);
    out.offset += SLAB_BYTES + 1;
    expect(out.takeBytes().toString('latin1')).to.equal(`ab${'c'.repeat(SLAB_BYTES + 1)}`);
  });

  it('lends its slabs until what it handed over is written, then gives all of them back', () => {
    const pool = new SlabPool();
    const out = new ByteWriter(pool);
    const slabs = [pool.take(), pool.take(), pool.take()];
    for (const slab of slabs) pool.give(slab);
    for (let i = 0; i < 25; i++) out.append(randomBytes(8_000, i));
    out.takeSegments();
    expect(slabs).not.to.include(pool.take());
    out.release();
    // Three full ones and the open one; the fourth was made when the pool was empty.
    const again = [pool.take(), pool.take(), pool.take(), pool.take()];
    expect(again).to.include.members(slabs);
  });

  it('gives the slabs of a frame back that is taken back', () => {
    const pool = new SlabPool();
    const out = new ByteWriter(pool);
    out.append(Buffer.from('kept'));
    const open = out.buffer;
    out.beginFrame(4);
    for (let i = 0; i < 20; i++) out.append(randomBytes(8_000, i));
    const grown = out.buffer;
    expect(grown).not.to.equal(open);
    out.rollbackFrame();
    expect(out.buffer).to.equal(open);
    expect(pool.take()).to.equal(grown);
    expect(out.takeBytes().toString('latin1')).to.equal('kept');
  });
});
