import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'chai';

import { readRun } from '../../../bench/results/stored-run.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { figure, SOMEWHERE, withFolder } from '../support/figures.ts';

async function readStored(content: unknown): ReturnType<typeof readRun> {
  let run: Awaited<ReturnType<typeof readRun>> | undefined;
  await withFolder(async (folder) => {
    const path = join(folder, 'run.json');
    await writeFile(path, JSON.stringify(content));
    run = await readRun(path);
  });
  if (run === undefined) throw new Error('nothing was read');
  return run;
}

describe('readRun', () => {
  const figures = [figure('a', 'sluice', 1)];

  it('reads an array of figures, which does not say where it was taken', async () => {
    const run = await readStored(figures);
    expect(run.figures).to.deep.equal(figures);
    expect(run.environment).to.be.undefined;
    expect(run.writtenAt).to.be.instanceOf(Date);
  });

  it('reads figures with their environment', async () => {
    const run = await readStored({ environment: SOMEWHERE, figures });
    expect(run.figures).to.deep.equal(figures);
    expect(run.environment).to.deep.equal(SOMEWHERE);
  });

  for (const content of [
    null,
    {},
    [],
    'figures',
    [{ name: 'a' }],
    [{ ...figures[0], ratio: '1' }],
  ]) {
    it(`refuses ${JSON.stringify(content)}, naming the file`, async () => {
      const error = await rejectionOf(readStored(content), Error);
      expect(error).to.be.instanceOf(Error);
      expect(String(error)).to.match(/run\.json has no figures of a benchmark/);
    });
  }
});
