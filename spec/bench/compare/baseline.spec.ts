import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import {
  type Baseline,
  baselinePath,
  findLatestVersion,
  readBaseline,
  writeBaseline,
} from '../../../bench/compare/baseline.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { figure, SOMEWHERE, withFolder } from '../support/figures.ts';

const BASELINE: Baseline = {
  version: '0.9.0',
  environment: SOMEWHERE,
  cpuTaskMs: 1.5,
  figures: [figure('a', 'sluice', 1)],
};

describe('baselines', () => {
  it('are read as they were written, into a folder that need not be there', () =>
    withFolder(async (folder) => {
      const path = baselinePath(join(folder, 'new'), '0.9.0');
      await writeBaseline(path, BASELINE);
      expect(await readBaseline(path)).to.deep.equal(BASELINE);
    }));

  it('are found by the highest version, which is not the last by name', () =>
    withFolder(async (folder) => {
      for (const version of ['0.9.0', '0.10.0', '0.10.2', '0.2.11']) {
        await writeBaseline(baselinePath(folder, version), { ...BASELINE, version });
      }
      await writeFile(join(folder, 'notes.json'), '{}');
      expect(await findLatestVersion(folder)).to.equal('0.10.2');
    }));

  it('are not found in a folder that is not there', () =>
    withFolder(async (folder) => {
      expect(await findLatestVersion(join(folder, 'none'))).to.be.undefined;
    }));

  it('are refused when something is missing', () =>
    withFolder(async (folder) => {
      const path = join(folder, '1.0.0.json');
      const { cpuTaskMs: _, ...rest } = BASELINE;
      await writeFile(path, JSON.stringify(rest));
      expect(String(await rejectionOf(readBaseline(path), Error))).to.include(
        '1.0.0.json is no baseline',
      );
    }));
});
