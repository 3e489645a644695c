import { expect } from 'chai';

import { findDifferences, type Machine } from '../../../bench/compare/machine.ts';

const MACHINE: Machine = { processor: 'A', cores: 2, node: 'v20.1.0', cpuTaskMs: 1 };

describe('findDifferences', () => {
  it('finds none on the same machine with another minor version of Node', () => {
    expect(findDifferences(MACHINE, { ...MACHINE, node: 'v20.20.2' })).to.deep.equal([]);
  });

  it('names the processor, the cores and the major version of Node', () => {
    const other = { ...MACHINE, processor: 'B', cores: 8, node: 'v22.1.0' };
    expect(findDifferences(MACHINE, other)).to.deep.equal([
      'the processor was A and is B',
      'the number of cores was 2 and is 8',
      'the major version of Node was 20 and is 22',
    ]);
  });

  for (const [cpuTaskMs, isSame] of [
    [1.25, true],
    [1.26, false],
    [0.8, true],
    [0.79, false],
  ] as const) {
    it(`${isSame ? 'tolerates' : 'refuses'} a CPU task that takes ${cpuTaskMs} of the time`, () => {
      expect(findDifferences(MACHINE, { ...MACHINE, cpuTaskMs })).to.have.length(isSame ? 0 : 1);
    });
  }

  it('says how far the CPU task is off, and what is tolerated', () => {
    expect(findDifferences(MACHINE, { ...MACHINE, cpuTaskMs: 2 }, 0.5)).to.deep.equal([
      'the fixed CPU task took 1.00 ms and takes 2.00 ms (+100 %, 50 % is tolerated)',
    ]);
  });
});
