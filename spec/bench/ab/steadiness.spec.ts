import { expect } from 'chai';

import { steadyOf } from '../../../bench/ab/steadiness.ts';

function steadyTimes(...times: readonly number[]): number[] {
  return steadyOf(times.map((cpuTaskMs) => ({ cpuTaskMs }))).map(({ cpuTaskMs }) => cpuTaskMs);
}

describe('steadyOf', () => {
  it('leaves rounds out in which the machine was slower than in most', () => {
    expect(steadyTimes(2, 2.1, 2, 2.31, 2, 9)).to.deep.equal([2, 2.1, 2, 2.31, 2]);
  });

  it('keeps at least half of them, however busy the machine was', () => {
    expect(steadyTimes(2, 9, 9)).to.deep.equal([2, 9, 9]);
    expect(steadyTimes(1, 2, 4, 8)).to.deep.equal([1, 2]);
  });

  it('keeps the only one', () => {
    expect(steadyTimes(5)).to.deep.equal([5]);
  });
});
