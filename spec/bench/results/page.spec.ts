import { expect } from 'chai';

import { resultsPage } from '../../../bench/results/page.ts';
import { TARGETS } from '../../../bench/results/targets.ts';
import { judge } from '../../../bench/results/verdicts.ts';
import type { Figure } from '../../../bench/support/figure.ts';
import { figure, SOMEWHERE } from '../support/figures.ts';

function page(figures: readonly Figure[], plots: ReadonlyMap<string, string> = new Map()): string {
  const verdicts = judge(TARGETS, figures);
  return resultsPage({ figures, environment: SOMEWHERE, verdicts, plots });
}

const BATCHES = 'stream.down.64B.batch';
const FLOOR = figure(BATCHES, 'floor', 100);

describe('resultsPage', () => {
  it('has a row for each subject of a workload: the floor, sluice, peers by name', () => {
    const remarks = { cpu: { server: 1.25, client: 0.5 }, strayed: 0, isUnsettled: false };
    const rest = { spread: 0.123, rounds: 5, remarks };
    const others = ['ws', 'sluice', 'grpc-js'].map((name) => figure(BATCHES, name, 50, rest));
    const text = page([...others, FLOOR]);
    const table = text.slice(text.indexOf('### Server to client, read in batches')).split('\n');
    expect(table.slice(2, 8)).to.deep.equal([
      `| \`${BATCHES}\` |     value | spread | rounds | × floor |    CPU, µs |`,
      '| ----------------------- | --------: | -----: | -----: | ------: | ---------: |',
      '| floor                   | 100 msg/s |    0 % |      3 |       1 |            |',
      '| **sluice**              |  50 msg/s |   12 % |      5 |     0.5 | 1.25 + 0.5 |',
      '| grpc-js                 |  50 msg/s |   12 % |      5 |     0.5 | 1.25 + 0.5 |',
      '| ws                      |  50 msg/s |   12 % |      5 |     0.5 | 1.25 + 0.5 |',
    ]);
  });

  it('names what was not steady, and nothing else', () => {
    const remarks = { cpu: { server: 1, client: 1 }, strayed: 0, isUnsettled: false };
    const text = page([
      figure('unary.c1', 'floor', 1, { remarks }),
      figure('unary.c1', 'ws', 1, { remarks: { ...remarks, strayed: 2 } }),
      figure('unary.c1', 'sluice', 1, { remarks: { ...remarks, isUnsettled: true } }),
    ]);
    expect(text).to.match(/beside rounds of these: `unary\.c1` \(ws\)\.\n/);
    expect(text).to.match(/at the end of their warm-up: `unary\.c1` \(sluice\)\.\n/);
    expect(page([figure('unary.c1', 'floor', 1, { remarks })])).not.to.include('not steady');
  });

  it('has one table for all of a chart that no other library does', () => {
    const names = ['records.shaped.down', 'records.packed.down'];
    const figures = names.flatMap((name) => [
      figure(name, 'floor', 100),
      figure(name, 'sluice', 50),
    ]);
    const text = page(figures);
    const section = text.slice(text.indexOf('## Records of')).split('\n');
    expect(section.slice(2, 6).map((row) => row.replaceAll(/ +/g, ' '))).to.deep.equal([
      '| what | figure | by | value | spread | rounds | floor | × floor |',
      '| ------------------------------------------ | --------------------- | ---------- | -------: | -----: | -----: | --------: | ------: |',
      '| BSON of a declared shape, server to client | `records.shaped.down` | **sluice** | 50 msg/s | 0 % | 3 | 100 msg/s | 0.5 |',
      '| Packed, server to client | `records.packed.down` | **sluice** | 50 msg/s | 0 % | 3 | 100 msg/s | 0.5 |',
    ]);
  });

  it('names what is missed, with the figure and the target, and keeps it in the table', () => {
    const text = page([FLOOR, figure(BATCHES, 'sluice', 31)]);
    expect(text).to.include('0 of the 1 that were measured are met, 1 missed.');
    expect(text).to.include(
      `- **MISSED** \`${BATCHES}\`: 0.31 × floor, asked for at least 0.4 × floor.`,
    );
    expect(text).to.match(/\| at least 0\.4 × floor +\| 0\.31 × floor +\| \*\*MISSED\*\* +\|/);
  });

  it('names nothing as missed that is met or was not measured', () => {
    const text = page([FLOOR, figure(BATCHES, 'sluice', 41)]);
    expect(text).to.include('1 of the 1 that were measured are met, 0 missed.');
    expect(text).not.to.include('MISSED');
    expect(text).to.include('not measured');
  });

  it('says where less is better', () => {
    const text = page([figure('idle.rss', 'floor', 100, { unit: 'B/stream' })]);
    expect(text).to.include('`idle.rss`, less is better');
    expect(page([FLOOR])).not.to.include('less is better');
  });

  it('keeps figures that no plot is about', () => {
    const text = page([figure('something.else', 'sluice', 1)]);
    expect(text).to.match(/## Everything else\n\n(?:.*\n){2}\| +\| `something\.else` /);
  });

  it('shows the plots that there are, and no others', () => {
    const text = page([FLOOR], new Map([['messages', 'plots/messages.svg']]));
    expect(text.match(/!\[[^\]]*\]\([^)]*\)/g)).to.deep.equal([
      '![64-byte messages over one stream](plots/messages.svg)',
    ]);
  });

  it('tells the machine, all versions and the date', () => {
    const text = page([FLOOR]);
    const facts = ['2026-01-02 03:04 UTC', '2 × A Processor', '8 GiB', 'Linux 6.1', 'v20.20.2'];
    for (const fact of [...facts, 'core 0, and core 1', '8.23.0']) expect(text).to.include(fact);
  });
});
