import { expect } from 'chai';

import { timeCpuTask } from '../../../bench/compare/cpu-task.ts';

describe('timeCpuTask', () => {
  it('does the work whose time is in every baseline, or throws', () => {
    expect(timeCpuTask()).to.be.greaterThan(0);
  });
});
