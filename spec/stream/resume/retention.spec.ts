import { expect } from 'chai';
import fc from 'fast-check';

import { REFERENCE_BYTES } from '../../../lib/base/byte-writer.ts';
import { SLAB_BYTES, SlabPool } from '../../../lib/base/slab-pool.ts';
import { Retention } from '../../../lib/stream/resume/retention.ts';
import { randomBytes } from '../../support/chunks.ts';

const HEADER_BYTES = 4;

type Step =
  | { readonly kind: 'write'; readonly bytes: number }
  | { readonly kind: 'gather' }
  | { readonly kind: 'refuse'; readonly bytes: number }
  /** Of what is kept, so much is freed. */
  | { readonly kind: 'free'; readonly share: number };

const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 1, arbitrary: fc.integer({ min: REFERENCE_BYTES - 1, max: REFERENCE_BYTES + 1 }) },
  { weight: 1, arbitrary: fc.integer({ min: SLAB_BYTES - 4, max: SLAB_BYTES + 4 }) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: size.map((bytes) => ({ kind: 'write' as const, bytes })) },
  { weight: 1, arbitrary: size.map((bytes) => ({ kind: 'refuse' as const, bytes })) },
  { weight: 2, arbitrary: fc.constant({ kind: 'gather' as const }) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map(freeing) },
);

function freeing(share: number): Step {
  return { kind: 'free', share };
}

function frameOf(payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length);
  return Buffer.concat([header, payload]);
}

function write(kept: Retention, payload: Buffer): void {
  const out = kept.beginMessage();
  // In two parts, so that a message may lie in several pieces.
  out.append(payload.subarray(0, payload.length >> 1));
  out.append(payload.subarray(payload.length >> 1));
  kept.endMessage();
}

/** Everything that is kept from an index on, as a lane would get it. */
function bytesFrom(kept: Retention, index: number): Buffer {
  const pieces: Uint8Array[] = [];
  for (let at = index, batch; (batch = kept.batchAt(at)) !== undefined; at = batch.endIndex) {
    pieces.push(...batch.pieces);
  }
  return Buffer.concat(pieces);
}

function framesFrom(kept: Retention, index: number): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = index, batch; (batch = kept.batchAt(at)) !== undefined; at = batch.endIndex) {
    for (const frame of batch.frames()) frames.push(Buffer.from(frame));
  }
  return frames;
}

describe('retention', () => {
  it('B1-take gives back every kept message, from any index on, also while slabs are used again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(), (steps, seed) => {
        const slabs = new SlabPool();
        const kept = new Retention(slabs);
        kept.onFreed = (batch) => {
          for (const slab of batch.slabs) slabs.give(slab.fill(0xdb));
        };
        const frames: Buffer[] = [];
        let first = 0;
        for (const [at, { kind, ...parts }] of steps.entries()) {
          if ('bytes' in parts) {
            const payload = randomBytes(parts.bytes, seed + at);
            if (kind === 'write') {
              write(kept, payload);
              frames.push(frameOf(payload));
            } else {
              kept.beginMessage().append(payload);
              kept.rollback();
            }
          } else if ('share' in parts) {
            first += Math.floor(parts.share * (frames.length - first));
            kept.free(first);
          } else kept.gather();
          const left = frames.slice(first);
          expect(kept.firstIndex).to.equal(first);
          expect(kept.nextIndex).to.equal(frames.length);
          expect(kept.bytes).to.equal(Buffer.concat(left).length);
        }
        kept.gather();
        for (let index = first; index <= frames.length; index++) {
          const expected = frames.slice(index);
          expect(bytesFrom(kept, index).equals(Buffer.concat(expected)), `from ${index}`).to.equal(
            true,
          );
          const split = framesFrom(kept, index);
          expect(split.length).to.equal(expected.length);
          expect(split.every((frame, n) => frame.equals(expected[n]!))).to.equal(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('gives nothing of what was not gathered', () => {
    const kept = new Retention(new SlabPool());
    write(kept, Buffer.from('a'));
    expect(kept.batchAt(0)).to.equal(undefined);
    expect(kept.looseBytes).to.equal(5);
    kept.gather();
    expect(kept.batchAt(0)?.endIndex).to.equal(1);
    expect(kept.looseBytes).to.equal(0);
  });

  it('keeps small messages of many turns in few pieces', () => {
    const kept = new Retention(new SlabPool());
    const items = 10_000;
    for (let at = 0; at < items; at++) {
      write(kept, Buffer.from(String(at).padStart(10)));
      kept.gather();
    }
    let pieces = 0;
    for (let at = 0, batch; (batch = kept.batchAt(at)) !== undefined; at = batch.endIndex) {
      pieces += batch.pieces.length;
    }
    expect(pieces * 4_096).to.be.below(2 * kept.bytes);
    const payloads = framesFrom(kept, 0).map((frame) => Number(frame.subarray(HEADER_BYTES)));
    expect(payloads).to.deep.equal(Array.from({ length: items }, (_, at) => at));
  });

  it('leaves large payloads where they lie', () => {
    const kept = new Retention(new SlabPool());
    const payload = Buffer.alloc(REFERENCE_BYTES, 1);
    kept.beginMessage().append(payload);
    kept.endMessage();
    kept.gather();
    expect(kept.batchAt(0)?.pieces).to.include(payload);
  });

  it('holds a slab for many bytes, and none for a few', () => {
    const pool = new SlabPool();
    const slab = pool.take();
    pool.give(slab);
    const kept = new Retention(pool);
    write(kept, Buffer.alloc(100));
    kept.gather();
    expect(pool.take()).to.equal(slab);
    pool.give(slab);
    for (let at = 0; at < 200; at++) write(kept, Buffer.alloc(100));
    kept.gather();
    expect(pool.take()).to.not.equal(slab);
  });

  it('is empty once cleared, also in the middle of a message', () => {
    const pool = new SlabPool();
    const slab = pool.take();
    pool.give(slab);
    const kept = new Retention(pool);
    for (let at = 0; at < 10; at++) write(kept, Buffer.alloc(1_000));
    kept.beginMessage().append(Buffer.alloc(3));
    expect(() => kept.beginMessage()).to.throw('a value sent a message while it was being encoded');
    kept.gather();
    expect(kept.batchAt(0)).to.equal(undefined);
    kept.clear();
    kept.rollback();
    expect([kept.size, kept.bytes, kept.firstIndex]).to.deep.equal([0, 0, 10]);
    expect(pool.take()).to.equal(slab);
  });
});
