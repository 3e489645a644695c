/**
 * Compares a run of the benchmarks with that of a release, by ratios to the floor.
 *
 *     npm run bench:compare -- RUN.json [--baseline VERSION] [--write] [--folder FOLDER] [--tolerance PERCENT]
 *
 * RUN.json is what the benchmarks' `--json` wrote on this machine. A fixed CPU task comes first: with
 * another processor, number of cores, major version of Node, or a task that takes longer or less long by
 * 25 %, or what is said to be tolerated, nothing is compared and the exit code is 2. It is 1 if a ratio
 * got worse by more than the rounds were apart.
 *
 * The baseline is that of the highest version unless one is named. `--write` stores the run as the
 * baseline of the version in package.json instead of comparing; baselines are in bench/baselines
 * unless a folder is named.
 */

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import {
  type Baseline,
  baselinePath,
  findLatestVersion,
  readBaseline,
  writeBaseline,
} from '../bench/compare/baseline.ts';
import { type Change, compareRuns, findUnmatched } from '../bench/compare/comparison.ts';
import { timeCpuTask } from '../bench/compare/cpu-task.ts';
import { CPU_TOLERANCE, findDifferences, type Machine } from '../bench/compare/machine.ts';
import { readEnvironment } from '../bench/results/environment.ts';
import { markdownTable } from '../bench/results/markdown-table.ts';
import { formatNumber } from '../bench/results/quantity.ts';
import { readRun } from '../bench/results/stored-run.ts';
import { findPinning } from '../bench/support/environment.ts';

const USAGE =
  'usage: npm run bench:compare -- RUN.json [--baseline VERSION] [--write] [--folder FOLDER] [--tolerance PERCENT]';

const WORSE = 1;
const REFUSED = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    baseline: { type: 'string' },
    write: { type: 'boolean', default: false },
    folder: { type: 'string', default: 'bench/baselines' },
    tolerance: { type: 'string', default: String(CPU_TOLERANCE * 100) },
  },
});

try {
  process.exitCode = await main(positionals[0]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = REFUSED;
}

async function main(path: string | undefined): Promise<number> {
  if (path === undefined) throw new Error(USAGE);
  const run = await readRun(path);
  const cpuTaskMs = timeCpuTask();
  const here = readEnvironment(findPinning(), run.writtenAt);
  const environment = run.environment ?? here;
  const isHere = isSame('The run', { ...environment, cpuTaskMs }, { ...here, cpuTaskMs });
  if (!isHere) return REFUSED;
  return values.write
    ? store({ environment, cpuTaskMs, figures: run.figures })
    : compare({ environment, cpuTaskMs, figures: run.figures });
}

async function store(run: Omit<Baseline, 'version'>): Promise<number> {
  // npm sees to it that it has one.
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const path = baselinePath(values.folder, version);
  await writeBaseline(path, { version, ...run });
  console.log(`stored ${run.figures.length} figures as the baseline of ${version} in ${path}`);
  return 0;
}

async function compare(run: Omit<Baseline, 'version'>): Promise<number> {
  const { environment, cpuTaskMs, figures } = run;
  const version = values.baseline ?? (await findLatestVersion(values.folder));
  if (version === undefined) throw new Error(`${values.folder} has no baseline; --write one`);
  const baseline = await readBaseline(baselinePath(values.folder, version));
  const before = { ...baseline.environment, cpuTaskMs: baseline.cpuTaskMs };
  if (!isSame(`The baseline of ${version}`, before, { ...environment, cpuTaskMs })) return REFUSED;

  const changes = compareRuns(baseline.figures, figures);
  if (changes.length === 0) throw new Error(`the run and ${version} have no figure in common`);
  console.log(`Ratios to the floor of the same run, ${version} and now:\n`);
  console.log(tableOf(changes));
  printNames(`Not in ${version}`, findUnmatched(figures, baseline.figures));
  printNames('Not in this run', findUnmatched(baseline.figures, figures));
  const worse = changes.filter(({ outcome }) => outcome === 'worse').length;
  console.log(`\n${worse} of ${changes.length} got worse by more than the rounds were apart.`);
  return worse > 0 ? WORSE : 0;
}

/** Says so if figures of the two machines can't be compared. */
function isSame(whose: string, before: Machine, now: Machine): boolean {
  const differences = findDifferences(before, now, Number(values.tolerance) / 100);
  if (differences.length === 0) return true;
  console.error(`Not compared. ${whose} was taken on another machine, or one of them was busy:`);
  for (const difference of differences) console.error(`- ${difference}`);
  return false;
}

function tableOf(changes: readonly Change[]): string {
  const rows = changes.map(({ name, before, after, change, noise, outcome }) => [
    name,
    formatNumber(before),
    formatNumber(after),
    `${change < 0 ? '−' : '+'}${Math.abs(change * 100).toFixed(1)} %`,
    `±${(noise * 100).toFixed(1)} %`,
    outcome === 'worse' ? 'WORSE' : outcome,
  ]);
  return markdownTable(
    [
      ['figure', 'left'],
      ['before', 'right'],
      ['after', 'right'],
      ['change', 'right'],
      ['noise', 'right'],
      ['', 'left'],
    ],
    rows,
  );
}

function printNames(title: string, names: readonly string[]): void {
  if (names.length > 0) console.log(`\n${title}: ${names.join(', ')}.`);
}
