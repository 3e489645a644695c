import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import type { Baseline } from '../../bench/compare/baseline.ts';
import { figure, withFolder } from '../bench/support/figures.ts';

const PROGRAM = fileURLToPath(import.meta.resolve('../../scripts/bench-compare.js'));

/** These specs may run on a machine that is busy with others. */
const ANY_SPEED = ['--tolerance', '1000000'];

interface Result {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program in a folder with the package.json of a release 1.2.3, and a run of that ratio. */
async function compare(
  folder: string,
  ratio: number,
  ...flags: readonly string[]
): Promise<Result> {
  const figures = [figure('small', 'floor', 100), figure('small', 'sluice', ratio * 100)];
  await writeFile(join(folder, 'package.json'), JSON.stringify({ version: '1.2.3' }));
  await writeFile(join(folder, 'run.json'), JSON.stringify(figures));
  const args = [PROGRAM, 'run.json', '--folder', 'baselines', ...flags];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) => {
      resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

async function editBaseline(
  folder: string,
  edit: (baseline: Baseline) => Partial<Baseline>,
): Promise<void> {
  const path = join(folder, 'baselines/1.2.3.json');
  const baseline: Baseline = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...baseline, ...edit(baseline) }));
}

describe('bench:compare', () => {
  it('stores a baseline of the version in package.json, and finds nothing worse than itself', () =>
    withFolder(async (folder) => {
      const stored = await compare(folder, 0.5, '--write');
      expect(stored).to.deep.include({ exitCode: 0, stderr: '' });
      const compared = await compare(folder, 0.5, ...ANY_SPEED);
      expect(compared).to.deep.include({ exitCode: 0, stderr: '' });
      expect(compared.stdout).to.match(/\| small +\| +0\.5 \| +0\.5 \| +\+0\.0 % \|.* same \|/);
    }));

  it('ends with 1 when a ratio got worse', () =>
    withFolder(async (folder) => {
      await compare(folder, 0.5, '--write');
      const { exitCode, stdout } = await compare(folder, 0.4, ...ANY_SPEED);
      expect(exitCode).to.equal(1);
      expect(stdout).to.match(/\| small +\| +0\.5 \| +0\.4 \| −20\.0 % \|.* WORSE \|/);
      expect(stdout).to.include('1 of 1 got worse');
    }));

  it('ends with 2 and compares nothing when the machine differs', () =>
    withFolder(async (folder) => {
      await compare(folder, 0.5, '--write');
      await editBaseline(folder, ({ environment }) => ({
        environment: { ...environment, processor: 'Another', cores: 1_000 },
      }));
      const { exitCode, stdout, stderr } = await compare(folder, 0.4, ...ANY_SPEED);
      expect(exitCode).to.equal(2);
      expect(stdout).to.equal('');
      expect(stderr).to.include('Not compared. The baseline of 1.2.3 was taken on another machine');
      expect(stderr).to.include('- the processor was Another and is ');
      expect(stderr).to.include('- the number of cores was 1000 and is ');
    }));

  it('ends with 2 when the fixed CPU task takes another time', () =>
    withFolder(async (folder) => {
      await compare(folder, 0.5, '--write');
      await editBaseline(folder, () => ({ cpuTaskMs: 1e6 }));
      const { exitCode, stderr } = await compare(folder, 0.4);
      expect(exitCode).to.equal(2);
      expect(stderr).to.match(
        /the fixed CPU task took 1000000\.00 ms and takes .*25 % is tolerated/,
      );
    }));

  it('ends with 2 when there is nothing to compare with', () =>
    withFolder(async (folder) => {
      const { exitCode, stderr } = await compare(folder, 0.5);
      expect(exitCode).to.equal(2);
      expect(stderr).to.include('baselines has no baseline');
    }));
});
