import { expect } from 'chai';

import { medianCpuTaskMs, timeCpuTask } from '../../../bench/compare/cpu-task.ts';

describe('timeCpuTask', () => {
  it('does the work whose time is in every baseline, or throws', () => {
    expect(timeCpuTask()).to.be.greaterThan(0);
  });
});

describe('medianCpuTaskMs', () => {
  it('does the same work, and takes what is usual for it', () => {
    expect(medianCpuTaskMs()).to.be.greaterThan(0);
  });
});
