import { readFile } from 'node:fs/promises';

import { expect } from 'chai';

import { CHARTS } from '../../../bench/results/charts.ts';
import { resultsPage } from '../../../bench/results/page.ts';
import { readRun, type StoredRun } from '../../../bench/results/stored-run.ts';
import { TARGETS } from '../../../bench/results/targets.ts';
import { judge } from '../../../bench/results/verdicts.ts';

const RUN = 'bench/results/run.json';
const PAGE = 'bench/RESULTS.md';

describe('the results that are published', () => {
  let run: StoredRun;
  let page: string;

  before(async () => {
    run = await readRun(RUN);
    page = await readFile(PAGE, 'utf8');
  });

  /** Those who took part in a figure. Each of them did work. */
  function subjectsOf(name: string): string[] {
    const figures = run.figures.filter((figure) => figure.name === name);
    expect(
      figures.filter(({ value, rounds }) => !(value > 0 && rounds >= 3)),
      name,
    ).to.deep.equal([]);
    expect(page).to.contain(`\`${name}\``);
    return figures.map(({ subject }) => subject);
  }

  it('are what the run says, and nothing else', () => {
    const { figures, environment } = run;
    const plots = new Map(CHARTS.map(({ file }) => [file, `results/plots/${file}.svg`]));
    const verdicts = judge(TARGETS, figures);
    expect(page).to.equal(resultsPage({ figures, environment: environment!, verdicts, plots }));
  });

  it('B2-3 set streams in either direction beside those of grpc-js', () => {
    for (const what of ['stream.down.64B.batch', 'stream.up.64B.batch', 'bulk.down.64KiB']) {
      expect(subjectsOf(what)).to.include.members(['floor', 'sluice', 'grpc-js']);
    }
  });

  it('B2-4 say of each target of the cost of a message whether it is met', () => {
    const verdicts = judge(TARGETS, run.figures);
    const ofMessages = verdicts.filter(({ figure }) => /^(?:stream|records|bulk)\./.test(figure));
    expect(ofMessages.length).to.be.at.least(40);
    expect(ofMessages.filter(({ outcome }) => outcome === 'not measured')).to.deep.equal([]);
  });

  it('B2-28 have the throughput of a plain and of a resumable stream over a long link', () => {
    expect(subjectsOf('resumable.far')).to.have.members(['floor', 'plain', 'sluice']);
  });

  it('B2-37 have the time of a call beside bulk data, with the data’s own rate', () => {
    for (const what of ['unary.beside-bulk.p50', 'unary.beside-bulk.p99', 'unary.beside-bulk.bulk'])
      expect(subjectsOf(what)).to.include.members(['floor', 'sluice', 'grpc-js']);
  });
});
