import { expect } from 'chai';

import { systemRandom } from '../../lib/base/random.ts';

describe('base/random', () => {
  it('gives as many bytes as asked for, others each time', () => {
    expect(systemRandom().bytes(0)).to.have.length(0);
    const drawn = Array.from({ length: 100 }, () => systemRandom().bytes(8).toString('hex'));
    expect(new Set(drawn).size).to.equal(100);
  });

  it('gives more at once than it keeps', () => {
    const random = systemRandom();
    for (const count of [1_023, 1_024, 1_025, 5_000]) {
      const bytes = random.bytes(count);
      expect(bytes).to.have.length(count);
      expect(new Set(bytes).size, 'bytes of all kinds').to.be.above(200);
    }
  });

  it('gives each byte of its pool once, and none from before the pool was filled', () => {
    const random = systemRandom();
    // Runs of 24 bytes do not divide a pool, so that its rest is met as well.
    const drawn = Array.from({ length: 1_000 }, () => random.bytes(24));
    for (let at = 0; at < 24; at += 8) {
      const parts = drawn.map((bytes) => bytes.toString('hex', at, at + 8));
      expect(new Set(parts).size).to.equal(1_000);
      expect(parts).not.to.include('00'.repeat(8));
    }
  });

  it('gives buffers that are the caller’s', () => {
    const random = systemRandom();
    const first = random.bytes(16);
    const copy = Buffer.from(first);
    const second = random.bytes(16);
    const other = Buffer.from(second);
    first.fill(0);
    expect(second.equals(other)).to.equal(true);
    second.fill(0);
    expect(random.bytes(16).equals(copy)).to.equal(false);
  });

  it('gives two generators different bytes', () => {
    expect(systemRandom().bytes(16).equals(systemRandom().bytes(16))).to.equal(false);
  });
});
