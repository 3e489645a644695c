import { expect } from 'chai';

import {
  type LedgerFigure,
  type LedgerRun,
  totalOf,
  wordsOfFigure,
} from '../../../scripts/sim/ledger/ledger.ts';

function run(firstSeed: number, lastSeed: number, more: Partial<LedgerRun> = {}): LedgerRun {
  const facts = { command: '', commit: 'abc123', code: 'now', steps: 1, minutes: 1, findings: 0 };
  return { ...facts, firstSeed, lastSeed, ...more };
}

function figure(...runs: LedgerRun[]): LedgerFigure {
  return { row: 'D2', unit: 'worlds', target: 1_000, runs };
}

describe('the ledger of runs', () => {
  it('adds runs up', () => {
    expect(totalOf(figure())).to.equal(0);
    expect(totalOf(figure(run(0, 99), run(200, 249)))).to.equal(150);
  });

  it('counts a seed once', () => {
    expect(totalOf(figure(run(0, 99), run(50, 149), run(20, 30)))).to.equal(150);
  });

  it('counts no world in which a promise was broken', () => {
    expect(totalOf(figure(run(0, 99, { findings: 3 })))).to.equal(97);
  });

  it('voids the runs of code with another meaning than that of the last run', () => {
    expect(totalOf(figure(run(0, 99, { code: 'before' }), run(0, 9)))).to.equal(10);
  });

  it('says how much of the target is reached', () => {
    expect(wordsOfFigure(figure(run(0, 99)))).to.match(
      /^later: so far 100 of 1,000 worlds of the code of [0-9a-f]+,/,
    );
    expect(wordsOfFigure(figure(run(0, 999)))).to.match(/^answered otherwise: 1,000 of 1,000/);
  });
});
