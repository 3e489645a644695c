import { expect } from 'chai';

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
});
