import { expect } from 'chai';

import type { Limits } from '../../../lib/index.ts';
import { LanePool } from '../../../lib/stream/lane/lane-pool.ts';
import { LaneBench, TestParent } from '../../support/lane-bench.ts';
import { testEnvironment } from '../../support/test-environment.ts';

/** A pool, and lanes to park in it. */
function makePool(limits?: Partial<Limits>): {
  pool: LanePool;
  parent: TestParent;
  bench: () => LaneBench;
} {
  const parent = new TestParent(testEnvironment(limits));
  return {
    pool: new LanePool(parent.environment),
    parent,
    bench: () => new LaneBench({ parent }),
  };
}

describe('LanePool', () => {
  it('gives nothing while nothing is parked', () => {
    expect(makePool().pool.take()).to.equal(undefined);
  });

  it('X12 gives the lane that was parked last, and each once', () => {
    const { pool, bench } = makePool();
    const lanes = [bench().lane, bench().lane, bench().lane];
    for (const lane of lanes) pool.park(lane);
    expect(pool.size).to.equal(3);
    expect([pool.take(), pool.take(), pool.take(), pool.take()]).to.deep.equal([
      ...lanes.toReversed(),
      undefined,
    ]);
    pool.clear();
  });

  for (const maxParked of [0, 1, 2]) {
    it(`X12 closes what is parked beyond maxParked: ${maxParked}`, () => {
      const { pool, bench } = makePool({ maxParked });
      const benches = Array.from({ length: 3 }, bench);
      for (const { lane } of benches) pool.park(lane);
      expect(pool.size).to.equal(maxParked);
      expect(benches.map(({ isEnded }) => isEnded)).to.deep.equal(
        [0, 1, 2].map((index) => index >= maxParked),
      );
      pool.clear();
    });
  }

  it('X12 closes each when it has been parked for parkedIdleMs, and not before', () => {
    const { pool, parent, bench } = makePool({ parkedIdleMs: 100 });
    const { clock } = parent.environment;
    const first = bench();
    const second = bench();
    pool.park(first.lane);
    clock.advance(60);
    pool.park(second.lane);
    clock.advance(39);
    expect([first.isEnded, second.isEnded]).to.deep.equal([false, false]);
    clock.advance(1);
    expect([first.isEnded, second.isEnded]).to.deep.equal([true, false]);
    clock.advance(59);
    expect(second.isEnded).to.equal(false);
    clock.advance(1);
    expect(second.isEnded).to.equal(true);
    expect(pool.size).to.equal(0);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('lets those grow old that are not needed', () => {
    const { pool, parent, bench } = makePool({ parkedIdleMs: 100 });
    const idle = bench();
    const used = bench();
    pool.park(idle.lane);
    pool.park(used.lane);
    for (let times = 0; times < 10; times++) {
      parent.environment.clock.advance(20);
      expect(pool.take()).to.equal(used.lane);
      pool.park(used.lane);
    }
    expect([idle.isEnded, used.isEnded]).to.deep.equal([true, false]);
    pool.clear();
  });

  it('passes over lanes that have ended meanwhile', () => {
    const { pool, bench } = makePool();
    const good = bench();
    const ended = bench();
    pool.park(good.lane);
    pool.park(ended.lane);
    ended.socket.handlers.onEnd();
    expect(pool.take()).to.equal(good.lane);
    expect(pool.take()).to.equal(undefined);
    pool.clear();
  });

  it('forgets a lane that is closed', () => {
    const { pool, bench } = makePool();
    const lanes = [bench().lane, bench().lane];
    for (const lane of lanes) pool.park(lane);
    pool.remove(lanes[0]!);
    pool.remove(bench().lane);
    expect(pool.size).to.equal(1);
    expect(pool.take()).to.equal(lanes[1]);
    pool.clear();
  });

  it('makes room by closing the lane that was parked first', () => {
    const { pool, bench } = makePool();
    const benches = [bench(), bench()];
    for (const { lane } of benches) pool.park(lane);
    expect(pool.closeOldest()).to.equal(true);
    expect(benches.map(({ isEnded }) => isEnded)).to.deep.equal([true, false]);
    expect(pool.closeOldest()).to.equal(true);
    expect(pool.closeOldest()).to.equal(false);
    pool.clear();
  });

  it('forgets all of them, and the time', () => {
    const { pool, parent, bench } = makePool();
    pool.park(bench().lane);
    pool.clear();
    expect(pool.size).to.equal(0);
    expect(parent.environment.clock.pendingTimers).to.equal(0);
  });
});
