/**
 * Runs the benchmarks on each major of Node that the library is for, one after the other; npm brings
 * them. Then it prints sluice's figures side by side, each with its ratio to the floor of the same run.
 *
 *     npm run bench:runtimes -- [MAJOR…] [options of bench]      MAJOR: all four unless some are named
 *
 * Without options it is a quick look. The exit code is 1 if a run failed.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { markdownTable } from './results/markdown-table.ts';
import { formatNumber } from './results/quantity.ts';
import { readRun } from './results/stored-run.ts';
import { type RuntimeRow, type RuntimeRun, sideBySide } from './runtimes/side-by-side.ts';

const MAJORS: readonly string[] = ['20', '22', '24', '26'];
const BENCH = fileURLToPath(import.meta.resolve('./run.js'));

const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => !/^\d+$/.test(word));
const named = firstOption < 0 ? given : given.slice(0, firstOption);
const options = given.slice(named.length);
const folder = mkdtempSync(join(tmpdir(), 'sluice-runtimes-'));

try {
  const runs: RuntimeRun[] = [];
  for (const major of named.length > 0 ? named : MAJORS) runs.push(await run(major));
  const columns = runs.map(({ major }) => [`Node ${major}`, 'right'] as const);
  const table = markdownTable(
    [['figure', 'left'], ['unit', 'left'], ...columns],
    sideBySide(runs).map(cellsOf),
  );
  console.log(`\n${table}`);
} finally {
  rmSync(folder, { recursive: true });
}

async function run(major: string): Promise<RuntimeRun> {
  const json = join(folder, `${major}.json`);
  const words = options.length > 0 ? options : ['--quick'];
  console.log(`\nNode ${major}`);
  const node = ['--yes', `node@${major}`, BENCH, ...words, '--json', json];
  const { status } = spawnSync('npx', node, { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
  const { figures } = await readRun(json);
  return { major, figures };
}

function cellsOf({ name, unit, cells }: RuntimeRow): string[] {
  const values = cells.map((cell) =>
    cell === undefined ? '' : `${formatNumber(cell.value)} (${formatNumber(cell.ratio)})`,
  );
  return [name, unit, ...values];
}
