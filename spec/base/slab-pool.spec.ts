import { expect } from 'chai';

import { ByteWriter } from '../../lib/base/byte-writer.ts';
import { SLAB_BYTES, SlabPool } from '../../lib/base/slab-pool.ts';

describe('base/slab-pool', () => {
  it('lends the slab that was given back', () => {
    const pool = new SlabPool();
    const slab = pool.take();
    expect(slab).to.have.length(SLAB_BYTES);
    pool.give(slab);
    expect(pool.take()).to.equal(slab);
    expect(pool.take()).not.to.equal(slab);
  });

  it('keeps no buffer of another size', () => {
    const pool = new SlabPool();
    const odd = Buffer.alloc(SLAB_BYTES + 1);
    pool.give(odd);
    expect(pool.take()).not.to.equal(odd);
  });

  it('keeps 128 slabs and leaves the rest to the collector', () => {
    const pool = new SlabPool();
    const slabs = Array.from({ length: 129 }, () => pool.take());
    for (const slab of slabs) pool.give(slab);
    const again = new Set(Array.from({ length: 129 }, () => pool.take()));
    expect(slabs.filter((slab) => again.has(slab))).to.have.length(128);
  });

  it('gives writers that begin little memory once 128 slabs were made and none came back', () => {
    const pool = new SlabPool();
    const slabs = Array.from({ length: 128 }, () => pool.takeFirst(10));
    expect(slabs.every(({ length }) => length === SLAB_BYTES)).to.equal(true);
    for (const bytes of [1, 1_024]) expect(pool.takeFirst(bytes)).to.have.length(1_024);
    expect(pool.takeFirst(1_025)).to.have.length(SLAB_BYTES);
    expect(pool.take(), 'for one that goes on').to.have.length(SLAB_BYTES);
    pool.give(pool.takeFirst(1));
    expect(pool.takeFirst(1), 'a small one is none that came back').to.have.length(1_024);
    pool.give(slabs[0]!);
    expect(pool.takeFirst(1)).to.equal(slabs[0]);
    expect(pool.takeFirst(1)).to.have.length(SLAB_BYTES);
  });

  it('lends no slab to each of 3,000 writers that say a word in one turn', () => {
    const pool = new SlabPool();
    const writers = Array.from({ length: 3_000 }, () => new ByteWriter(pool));
    for (const [index, out] of writers.entries()) {
      out.beginFrame(12);
      out.append(Buffer.alloc(20, index));
    }
    const slabs = writers.filter(({ buffer }) => buffer.length === SLAB_BYTES);
    expect(slabs).to.have.length(128);
    // One of the others goes on as any writer does.
    const last = writers.at(-1)!;
    for (let count = 0; count < 100; count++) last.append(Buffer.alloc(500, count));
    const bytes = last.takeBytes();
    expect(bytes).to.have.length(32 + 50_000);
    expect(bytes.readUInt8(31)).to.equal(2_999 & 0xff);
    expect([...bytes.subarray(32)].every((byte, at) => byte === Math.floor(at / 500))).to.equal(
      true,
    );
    for (const out of writers) {
      out.takeSegments();
      out.release();
    }
    expect(pool.takeFirst(1), 'they came back').to.have.length(SLAB_BYTES);
  });

  it('gives the same scratch memory again, unless it is very large', () => {
    const pool = new SlabPool();
    const first = pool.scratch(1_000);
    expect(first).to.have.length(1_000);
    expect(pool.scratch(500).buffer).to.equal(first.buffer);
    expect(pool.scratch(1_000).buffer).to.equal(first.buffer);
    const larger = pool.scratch(1_001);
    expect(larger).to.have.length(1_001);
    expect(pool.scratch(1_001).buffer).to.equal(larger.buffer);
    expect(pool.scratch(50_000_000).buffer).to.not.equal(pool.scratch(50_000_000).buffer);
    expect(pool.scratch(1_001).buffer).to.equal(larger.buffer);
  });
});
