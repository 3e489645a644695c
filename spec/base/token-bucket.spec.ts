import { expect } from 'chai';

import { TokenBucket } from '../../lib/base/token-bucket.ts';

/** Takes as many tokens as there are at that time, up to 10,000. */
function drain(bucket: TokenBucket, now: number): number {
  let count = 0;
  while (count < 10_000 && bucket.waitMs(now) === 0) {
    bucket.take();
    count++;
  }
  return count;
}

describe('base/token-bucket', () => {
  for (const perSecond of [1, 2, 7, 1_000]) {
    it(`gives ${perSecond} at once, then one every ${1_000 / perSecond} ms`, () => {
      const bucket = new TokenBucket(perSecond);
      expect(drain(bucket, 5_000)).to.equal(perSecond);
      let now = 5_000;
      for (let count = 0; count < 20; count++) {
        const waitMs = bucket.waitMs(now);
        expect(waitMs).to.be.closeTo(1_000 / perSecond, 0.01);
        expect(bucket.waitMs(now + waitMs * 0.99)).to.be.above(0);
        now += waitMs;
        expect(bucket.waitMs(now)).to.equal(0);
        bucket.take();
      }
    });
  }

  it('gives one at once where less than one a second is allowed, then one when its time has come', () => {
    const bucket = new TokenBucket(0.5);
    expect(drain(bucket, 0)).to.equal(1);
    expect(bucket.waitMs(0)).to.be.closeTo(2_000, 0.01);
    expect(drain(bucket, 1_999)).to.equal(0);
    expect(drain(bucket, 2_000)).to.equal(1);
  });

  it('saves up no more than a second’s worth', () => {
    const bucket = new TokenBucket(3);
    drain(bucket, 0);
    expect(drain(bucket, 500)).to.equal(1);
    expect(drain(bucket, 3_600_000)).to.equal(3);
  });

  it('never gives more in any span than the burst and the rate', () => {
    const bucket = new TokenBucket(2.5);
    let given = 0;
    for (let now = 0; now <= 60_000; now += 17) given += drain(bucket, now);
    expect(given).to.be.within(150, 152);
  });

  it('bounds nothing at Infinity', () => {
    expect(drain(new TokenBucket(Infinity), 0)).to.equal(10_000);
  });
});
