import { expect } from 'chai';

import { type Block, BlockPool } from '../../lib/base/block-pool.ts';

const KIB = 1_024;
const MIB = 1_048_576;

/** Takes so many blocks together and gives them all back. */
function fill(pool: BlockPool, count: number, bytes: number): Block[] {
  const blocks = Array.from({ length: count }, () => pool.take(bytes));
  for (const block of blocks) pool.give(block);
  return blocks;
}

/** How many of the blocks the pool gives again. */
function keptOf(pool: BlockPool, blocks: readonly Block[], bytes: number): number {
  const again = new Set(blocks.map(() => pool.take(bytes)));
  return blocks.filter((block) => again.has(block)).length;
}

describe('BlockPool', () => {
  for (const [count, bytes, kept] of [
    [10, MIB, 4],
    [3, 16 * MIB, 1],
    [100, 32 * KIB, 64],
    [1_000, 10, 64],
    [20, 64 * KIB, 20],
  ] as const) {
    it(`B1-borrowed keeps ${kept} of ${count} blocks of ${bytes} bytes`, () => {
      const pool = new BlockPool();
      expect(keptOf(pool, fill(pool, count, bytes), bytes)).to.equal(kept);
    });
  }

  it('B1-borrowed keeps the largest blocks where it can not keep all', () => {
    const pool = new BlockPool();
    const large = fill(pool, 3, MIB);
    fill(pool, 100, 100 * KIB);
    expect(keptOf(pool, large, MIB)).to.equal(3);
  });

  it('B1-borrowed keeps nothing once that is asked for, and no memory that is not its own', () => {
    const pool = new BlockPool();
    const blocks = fill(pool, 3, 64 * KIB);
    pool.clear();
    const [own] = fill(pool, 1, 64 * KIB);
    own!.isPooled = false;
    pool.clear();
    pool.give(own!);
    expect(keptOf(pool, [...blocks, own!], 64 * KIB)).to.equal(0);
  });
});
