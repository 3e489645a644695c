/**
 * How large do the budgets of a stream have to be?
 *
 *     npm run bench:sweep -- [--quick] [--only PATTERN] [--out FOLDER]
 *
 * Sweeps the budgets of sink, source and both from 16 KiB to 4 MiB, beside the floor and the defaults,
 * which all take turns; takes some ten minutes, `--quick` one. Writes `budget-sweep.json` and
 * `plots/budget-sweep.svg` into bench/results, or another folder.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { readEnvironment } from '../results/environment.ts';
import { markdownTable } from '../results/markdown-table.ts';
import { formatNumber, formatQuantity } from '../results/quantity.ts';
import { renderSvg } from '../results/render-svg.ts';
import { describeEnvironment, findPinning } from '../support/environment.ts';
import type { Figure } from '../support/figure.ts';
import { measure } from '../support/rounds.ts';
import { FULL, QUICK } from '../support/settings.ts';
import { BUDGET_SWEEPS } from './budget-sweeps.ts';
import { lineChart } from './line-chart.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    out: { type: 'string', default: 'bench/results' },
  },
});
const settings = values.quick ? QUICK : FULL;
const pattern = new RegExp(values.only);
const pinning = findPinning();

const sweeps = BUDGET_SWEEPS.filter(({ name }) => pattern.test(name));

if (sweeps.length === 0) {
  console.error(`--only is a pattern for ${BUDGET_SWEEPS.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else {
  console.log(`${describeEnvironment(pinning)}\n`);
  await write(await sweepAll());
}

async function sweepAll(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const end = performance.now() + settings.totalSeconds * 1e3;
  for (const [done, sweep] of sweeps.entries()) {
    const now = performance.now();
    const deadline = now + (end - now) / (sweeps.length - done);
    const found = await measure(sweep, settings, { pinning, profileFolder: undefined }, deadline);
    figures.push(...found);
    console.log(`${tableOf(sweep.name, found)}\n`);
  }
  return figures;
}

function tableOf(name: string, found: readonly Figure[]): string {
  const rows = found.map(({ name: figure, subject, value, unit, spread, ratio }) => [
    `${subject === 'sluice' ? 'defaults' : subject} ${figure.slice(name.length)}`.trim(),
    formatQuantity(value, unit),
    `${Math.round(spread * 100)} %`,
    formatNumber(ratio),
  ]);
  return markdownTable(
    [
      [name, 'left'],
      ['value', 'right'],
      ['spread', 'right'],
      ['× floor', 'right'],
    ],
    rows,
  );
}

async function write(figures: readonly Figure[]): Promise<void> {
  const run = { environment: readEnvironment(pinning, new Date()), figures };
  await mkdir(join(values.out, 'plots'), { recursive: true });
  await writeFile(join(values.out, 'budget-sweep.json'), `${JSON.stringify(run, undefined, 2)}\n`);
  const chart = lineChart(figures);
  if (chart === undefined) throw new Error('every budget has failed');
  await writeFile(join(values.out, 'plots/budget-sweep.svg'), await renderSvg(chart));
  console.log(`wrote ${values.out}/budget-sweep.json and its plot`);
}
