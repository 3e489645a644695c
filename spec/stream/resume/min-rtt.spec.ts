import { expect } from 'chai';

import { MinRtt } from '../../../lib/stream/resume/min-rtt.ts';

describe('the shortest round trip of the last 20 s', () => {
  it('is -1 while nothing was measured', () => {
    expect(new MinRtt().at(5_000)).to.equal(-1);
  });

  it('is the shortest of those that are young enough', () => {
    const rtt = new MinRtt();
    for (const [at, ms] of [
      [0, 9],
      [1_000, 4],
      [5_000, 7],
      [8_000, 6],
    ] as const) {
      rtt.add(at, ms);
    }
    expect(rtt.at(8_000)).to.equal(4);
    expect(rtt.at(21_000)).to.equal(4);
    expect(rtt.at(21_001)).to.equal(6);
    expect(rtt.at(28_000)).to.equal(6);
    expect(rtt.at(28_001)).to.equal(-1);
  });

  it('takes a shorter one at once, and longer ones at most each 100 ms', () => {
    const rtt = new MinRtt();
    rtt.add(0, 5);
    rtt.add(10, 3);
    expect(rtt.at(10)).to.equal(3);
    rtt.add(60, 8);
    expect(rtt.at(20_011)).to.equal(-1);
    rtt.add(20_020, 4);
    rtt.add(20_120, 6);
    expect(rtt.at(40_100)).to.equal(6);
  });
});
