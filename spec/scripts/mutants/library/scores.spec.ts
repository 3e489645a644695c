import { expect } from 'chai';

import type { LibraryMutant } from '../../../../scripts/mutants/library/instrument.ts';
import { Scores } from '../../../../scripts/mutants/library/scores.ts';
import { Survivors } from '../../../../scripts/mutants/library/survivors.ts';
import { AREAS } from '../../../../scripts/mutants/library/targets.ts';

const [AREA] = AREAS;
const FILE = 'lib/wire/frame.ts';
const MUTANTS: readonly LibraryMutant[] = ['a > b', 'b > c', 'c > d', 'd > e'].map((line, at) => ({
  id: String(at),
  mutator: 'EqualityOperator',
  change: `${line} => true`,
}));

describe('the scores of the mutants that a library makes', () => {
  const survivors = new Survivors({ [FILE]: { 'cannot be told': ['a > b => true'] } });

  it('name every survivor that has no reason', () => {
    const scores = new Scores(survivors);
    scores.add({ area: AREA, file: FILE }, MUTANTS, { 0: 'survived', 1: 'unreached', 2: 'killed' });
    expect(scores.unexplained()).to.deep.equal([
      `${FILE}: b > c => true (EqualityOperator) unreached`,
    ]);
  });

  it('count what was tried against the threshold, explained or not', () => {
    const scores = new Scores(survivors);
    scores.add({ area: AREA, file: FILE }, MUTANTS, { 0: 'survived', 1: 'killed' });
    expect(scores.belowThreshold()).to.deep.equal(['wire: 50.0 % noticed, not 85 %']);
    expect(scores.lines()).to.deep.equal(['wire: 50.0 % noticed: 1 of 2 tried of 4; 1 explained']);
  });

  it('find reasons for what is not there any more', () => {
    expect(survivors.outdated(FILE, MUTANTS)).to.deep.equal([]);
    expect(survivors.outdated(FILE, MUTANTS.slice(1))).to.deep.equal(['a > b => true']);
  });
});
