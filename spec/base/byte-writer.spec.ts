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

/** Whether one of the pieces that are appended, every third, is large. */
function refersToBytes({ pieces }: Frame): boolean {
  return pieces.some((bytes, index) => index % 3 === 0 && bytes >= REFERENCE_BYTES);
}

/** Writes as serializers do. */
function write(out: ByteWriter, bytes: Buffer): void {
  out.reserve(bytes.length);
  out.buffer.set(bytes, out.offset);
  out.offset += bytes.length;
}

/** Writes a frame of a u32 mark, a u32 length and its payload; returns what should come of it. */
function writeFrame(out: ByteWriter, { pieces, isTakenBack }: Frame, mark: number): Buffer {
  out.beginFrame(HEADER_BYTES);
  const payload = pieces.map((bytes, index) => randomBytes(bytes, mark * 16 + index));
  let frameBytes = HEADER_BYTES;
  for (const [index, bytes] of payload.entries()) {
    expect(out.frameBytes).to.equal(frameBytes);
    if (index % 3 === 0) out.append(bytes);
    else write(out, bytes);
    frameBytes += bytes.length;
  }
  expect(out.frameBytes).to.equal(frameBytes);
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

/** Appends pieces of these sizes; returns how much that is. */
function appended(out: ByteWriter, sizes: readonly number[]): number {
  for (const [seed, bytes] of sizes.entries()) out.append(randomBytes(bytes, seed));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

describe('base/byte-writer', () => {
  it('gathers what was appended, without the frames that were taken back', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
        const out = new ByteWriter(new SlabPool());
        const written: Buffer[] = [];
        const expected: Buffer[] = [];
        for (const [mark, each] of frames.entries()) {
          const before = { bytes: out.byteLength, hasReferences: out.hasReferences };
          const bytes = writeFrame(out, each, mark);
          expected.push(bytes);
          expect(out.byteLength).to.equal(before.bytes + bytes.length);
          expect(out.hasReferences).to.equal(
            before.hasReferences || (!each.isTakenBack && refersToBytes(each)),
          );
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
    for (let i = 0; i < 25; i++) out.append(randomBytes(SLAB_BYTES / 8, i));
    out.takeSegments();
    expect(slabs).not.to.include(pool.take());
    out.release();
    // Three full ones and the open one; the fourth was made when the pool was empty.
    const again = [pool.take(), pool.take(), pool.take(), pool.take()];
    expect(again).to.include.members(slabs);
  });

  it('hands over full slabs for good, and keeps the open one where little of it is used', () => {
    const pool = new SlabPool();
    const out = new ByteWriter(pool);
    const bytes = randomBytes(SLAB_BYTES, 1);
    write(out, bytes);
    const full = out.buffer;
    write(out, Buffer.from('little'));
    const open = out.buffer;
    const { segments, slabs } = out.takeOwned();
    expect(segments.map(({ buffer }) => buffer === full.buffer)).to.deep.equal([true, false]);
    expect(slabs, 'what may be given back').to.deep.equal([full]);
    expect(pool.take()).to.equal(open);
    expect(pool.take()).not.to.equal(full);
    open.fill(0);
    expect(Buffer.concat(segments).equals(Buffer.concat([bytes, Buffer.from('little')]))).to.equal(
      true,
    );
    expect(out.byteLength).to.equal(0);
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

  describe('rollbackFrame', () => {
    const KEPT = Buffer.from('kept');

    /** A writer in the middle of a frame that follows another, in a slab with little room left. */
    function inFrame(roomBytes: number): { out: ByteWriter; before: Buffer } {
      const out = new ByteWriter(new SlabPool());
      const before = Buffer.concat([KEPT, randomBytes(SLAB_BYTES - KEPT.length - roomBytes, 1)]);
      for (let at = 0; at < before.length; at += 10_000)
        out.append(before.subarray(at, at + 10_000));
      out.beginFrame(4);
      return { out, before };
    }

    const FRAMES: Readonly<Record<string, (out: ByteWriter) => number>> = {
      'that is its header alone': () => 0,
      'that stayed in its window': (out) => appended(out, [10, 20]),
      'that filled its slab to the last byte': (out) => appended(out, [100 - 4]),
      'that grew into another slab': (out) => appended(out, [90, 200]),
      'that grew into several': (out) =>
        appended(
          out,
          Array.from({ length: 20 }, () => 8_000),
        ),
      'that grew by room for more than a slab': (out) => {
        out.reserve(SLAB_BYTES + 1);
        out.offset += SLAB_BYTES + 1;
        return SLAB_BYTES + 1;
      },
      'that refers to large bytes': (out) => appended(out, [10, REFERENCE_BYTES, 20]),
      'that refers to large bytes alone': (out) => appended(out, [REFERENCE_BYTES]),
      'that grew before and behind what it refers to': (out) =>
        appended(out, [200, REFERENCE_BYTES, 15_000, 15_000, 15_000, 15_000, 15_000, 50_000]),
    };

    for (const [what, write] of Object.entries(FRAMES)) {
      it(`E1-stray-memory takes back a frame ${what}, and the next one begins as if it had not been`, () => {
        const { out, before } = inFrame(100);
        const bytes = write(out);
        expect(out.frameBytes).to.equal(4 + bytes);
        out.rollbackFrame();
        expect([out.byteLength, out.hasReferences]).to.deep.equal([before.length, false]);
        out.beginFrame(4);
        expect(out.frameBytes).to.equal(4);
        out.append(Buffer.from('next'));
        out.patchU32(0, 4);
        const next = Buffer.from('\x04\0\0\0next', 'latin1');
        expect(Buffer.from(out.takeBytes()).equals(Buffer.concat([before, next]))).to.equal(true);
      });
    }

    it('E1-stray-memory keeps what was referred to before the frame', () => {
      const { out } = inFrame(100);
      const large = randomBytes(REFERENCE_BYTES, 2);
      out.append(large);
      out.beginFrame(4);
      appended(out, [REFERENCE_BYTES]);
      out.rollbackFrame();
      expect(out.hasReferences).to.equal(true);
      expect(out.takeSegments()).to.include(large);
      expect(out.hasReferences).to.equal(false);
    });

    it('takes back the first frame of all, whose header begins a slab', () => {
      for (const headerBytes of [0, 4]) {
        const out = new ByteWriter(new SlabPool());
        out.beginFrame(headerBytes);
        appended(out, [10, 70_000, 10]);
        out.rollbackFrame();
        expect([out.byteLength, out.takeSegments()]).to.deep.equal([0, []]);
      }
    });
  });

  it('tells where the header of the frame is', () => {
    const out = new ByteWriter(new SlabPool());
    out.append(Buffer.alloc(3));
    out.beginFrame(HEADER_BYTES);
    expect(out.frameHeader.buffer).to.equal(out.buffer);
    expect(out.frameHeader.offset).to.equal(3);
  });

  it('keeps what came since the last take when that was written, and no slab without it', () => {
    const pool = new SlabPool();
    const out = new ByteWriter(pool);
    out.append(Buffer.from('first'));
    const slab = out.buffer;
    out.takeSegments();
    out.append(Buffer.from('second'));
    out.release();
    expect(out.buffer).to.equal(slab);
    expect(Buffer.concat(out.takeSegments()).toString()).to.equal('second');
    out.release();
    expect(out.buffer).to.have.length(0);
    expect(pool.take()).to.equal(slab);
  });
});
