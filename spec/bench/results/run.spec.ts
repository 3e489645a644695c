import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { figure, SOMEWHERE, withFolder } from '../support/figures.ts';

const PROGRAM = fileURLToPath(import.meta.resolve('../../../bench/results/run.js'));

/** Drawing needs a package of the peers', which need not be installed. */
const HAS_VEGA = existsSync('bench/peers/node_modules/vega');

interface Result {
  readonly exitCode: number;
  readonly stderr: string;
}

function run(cwd: string, ...args: readonly string[]): Promise<Result> {
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { cwd }, (error, _stdout, stderr) => {
      resolve({ exitCode: Number(error?.code ?? 0), stderr });
    });
  });
}

async function writeRun(folder: string): Promise<string> {
  const path = join(folder, 'some.json');
  const names = ['floor', 'sluice', 'ws'];
  const figures = names.map((name, i) => figure('bulk.down.64KiB', name, 100 / (i + 1)));
  await writeFile(path, JSON.stringify({ environment: SOMEWHERE, figures }));
  return path;
}

describe('bench:results', () => {
  it('says what to install where there is nothing to draw with, and writes nothing', () =>
    withFolder(async (folder) => {
      const path = await writeRun(folder);
      const { exitCode, stderr } = await run(folder, path, '--out', folder);
      expect(exitCode).to.equal(1);
      expect(stderr).to.include('npm install --prefix bench/peers');
      expect(await readdir(folder)).to.deep.equal(['some.json']);
    }));

  it('says how it is used', () =>
    withFolder(async (folder) => {
      const { exitCode, stderr } = await run(folder);
      expect(exitCode).to.equal(2);
      expect(stderr).to.include('usage: ');
    }));

  const excuse = HAS_VEGA ? '' : ' (skipped: the plot library is not installed)';
  (HAS_VEGA ? it : it.skip)(`writes the page, its plots and the run again${excuse}`, () =>
    withFolder(async (folder) => {
      const path = await writeRun(folder);
      expect(await run('.', path, '--out', folder)).to.deep.equal({ exitCode: 0, stderr: '' });
      const page = await readFile(join(folder, 'RESULTS.md'), 'utf8');
      const plots = await readdir(join(folder, 'results/plots'));
      expect(plots).to.have.members(['bulk.svg', 'overview.svg']);
      for (const plot of plots) expect(page).to.include(`](results/plots/${plot})`);
      const svg = await readFile(join(folder, 'results/plots/bulk.svg'), 'utf8');
      expect(svg).to.match(/^<svg [^>]*><style>@media\(prefers-color-scheme:dark\)/);

      const first = JSON.parse(await readFile(path, 'utf8'));
      const again = JSON.parse(await readFile(join(folder, 'results/run.json'), 'utf8'));
      expect(again).to.deep.equal(first);
    }),
  );
});
