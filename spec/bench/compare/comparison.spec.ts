import { expect } from 'chai';

import { compareRuns, findUnmatched } from '../../../bench/compare/comparison.ts';
import type { Figure } from '../../../bench/support/figure.ts';
import { figure } from '../support/figures.ts';

function run(ratio: number, rest: Partial<Figure> = {}, floor: Partial<Figure> = {}): Figure[] {
  return [
    figure('small', 'floor', 100, floor),
    figure('small', 'sluice', ratio * 100, rest),
    figure('small', 'ws', 1),
  ];
}

function outcomeOf(before: readonly Figure[], after: readonly Figure[]): string | undefined {
  const [change, ...others] = compareRuns(before, after);
  expect(others).to.deep.equal([]);
  return change?.outcome;
}

describe('compareRuns', () => {
  it('compares ratios, whatever became of the values', () => {
    const slow = figure('small', 'sluice', 5, { floor: 10 });
    const [change] = compareRuns(run(0.5), [slow]);
    expect(change).to.deep.include({ name: 'small', before: 0.5, after: 0.5, change: 0 });
    expect(change?.outcome).to.equal('same');
  });

  it('knows a loss and a gain that are larger than the spread', () => {
    const spread = { spread: 0.2 };
    expect(outcomeOf(run(0.5, spread), run(0.44, spread))).to.equal('worse');
    expect(outcomeOf(run(0.5, spread), run(0.46, spread))).to.equal('same');
    expect(outcomeOf(run(0.5, spread), run(0.56, spread))).to.equal('better');
  });

  it('counts the spread of either run and of its floor', () => {
    expect(outcomeOf(run(0.5), run(0.4))).to.equal('worse');
    expect(outcomeOf(run(0.5, { spread: 0.5 }), run(0.4))).to.equal('same');
    expect(outcomeOf(run(0.5), run(0.4, { spread: 0.5 }))).to.equal('same');
    expect(outcomeOf(run(0.5, {}, { spread: 0.5 }), run(0.4))).to.equal('same');
    expect(outcomeOf(run(0.5), run(0.4, {}, { spread: 0.5 }))).to.equal('same');
  });

  it('takes no hair for a change, even where rounds were alike', () => {
    expect(outcomeOf(run(0.5), run(0.49))).to.equal('same');
  });

  it('takes more for worse where less is better', () => {
    const unit = { unit: 'µs' };
    expect(outcomeOf(run(1, unit), run(1.2, unit))).to.equal('worse');
    expect(outcomeOf(run(1, unit), run(0.8, unit))).to.equal('better');
  });

  it('leaves out what only one run has', () => {
    expect(compareRuns([figure('old', 'sluice', 1)], [figure('new', 'sluice', 1)])).to.deep.equal(
      [],
    );
  });
});

describe('findUnmatched', () => {
  it('names what the other run has not, of sluice only', () => {
    const both = figure('both', 'sluice', 1);
    const one = [both, figure('new', 'sluice', 1), figure('peer', 'ws', 1)];
    expect(findUnmatched(one, [both, figure('new', 'ws', 1)])).to.deep.equal(['new']);
  });
});
