import { expect } from 'chai';

import { collectMutants } from '../../../scripts/mutants/collect.ts';

describe('collectMutants', () => {
  it('finds the place of every mutant that stands beside a spec', async () => {
    const { mutants, problems } = await collectMutants();
    expect(problems).to.deep.equal([]);
    expect(mutants).to.not.be.empty;
  });
});
