import { expect } from 'chai';

import { type Target, TARGETS } from '../../../bench/results/targets.ts';
import { judge } from '../../../bench/results/verdicts.ts';
import { figure } from '../support/figures.ts';

function target(...bounds: Target['bounds']): Target[] {
  return [{ title: 'small messages', figures: ['small'], bounds }];
}

const floor = figure('small', 'floor', 100);

describe('judge', () => {
  it('meets a bound that is kept to the hair, and misses one by a hair', () => {
    const targets = target({ atLeast: 0.4, subject: 'floor' });
    const [met] = judge(targets, [floor, figure('small', 'sluice', 40)]);
    const [missed] = judge(targets, [floor, figure('small', 'sluice', 39.99)]);
    expect(met?.outcome).to.equal('met');
    expect(missed?.outcome).to.equal('missed');
  });

  it('takes what may be at most for a miss when there is more', () => {
    const targets = target({ atMost: 1.3, subject: 'floor' });
    const outcomes = [130, 131].map((v) => judge(targets, [floor, figure('small', 'sluice', v)]));
    expect(outcomes.flat().map(({ outcome }) => outcome)).to.deep.equal(['met', 'missed']);
  });

  it('says what was asked and what there is, against a subject', () => {
    const [verdict] = judge(target({ atLeast: 7, subject: 'nats' }), [
      figure('small', 'nats', 10),
      figure('small', 'sluice', 82.7),
    ]);
    expect(verdict).to.deep.equal({
      title: 'small messages',
      figure: 'small',
      bound: 'at least 7 × nats',
      measured: '8.27 × nats',
      outcome: 'met',
    });
  });

  it('says it against another figure of sluice, and not of the floor', () => {
    const [verdict] = judge(target({ atLeast: 2.5, figure: 'plain' }), [
      figure('plain', 'floor', 1),
      figure('plain', 'sluice', 50),
      figure('small', 'sluice', 100),
    ]);
    expect(verdict?.bound).to.equal('at least 2.5 × `plain`');
    expect(verdict?.measured).to.equal('2 × `plain`');
    expect(verdict?.outcome).to.equal('missed');
  });

  it('says it in the unit of the figure itself', () => {
    const [verdict] = judge(target({ atMost: 16 * 2 ** 20, unit: 'B' }), [
      figure('small', 'sluice', 12 * 2 ** 20, { unit: 'B' }),
    ]);
    expect(verdict?.bound).to.equal('at most 16 MiB');
    expect(verdict?.measured).to.equal('12 MiB');
    expect(verdict?.outcome).to.equal('met');
  });

  it('leaves open what was not measured, on either side', () => {
    const targets = target({ atLeast: 1, subject: 'ws' });
    const verdicts = [[], [figure('small', 'sluice', 1)], [figure('small', 'ws', 1)]].flatMap(
      (figures) => judge(targets, figures),
    );
    expect(verdicts.map(({ outcome }) => outcome)).to.deep.equal(Array(3).fill('not measured'));
    expect(verdicts.map(({ measured }) => measured)).to.deep.equal(['', '', '']);
  });

  it('gives one verdict for each figure and bound', () => {
    const count = TARGETS.reduce(
      (sum, { figures, bounds }) => sum + figures.length * bounds.length,
      0,
    );
    expect(judge(TARGETS, [])).to.have.length(count);
  });
});
