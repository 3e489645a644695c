import { expect } from 'chai';
import { fileURLToPath } from 'node:url';

import { GRPC_CODES } from '../lib/index.ts';
import { rowsOf } from './support/markdown-blocks.ts';
import { compileExamples, examplesOf, runExample } from './support/page-examples.ts';

const PAGE = 'MIGRATION.md';

const EXAMPLES = examplesOf(PAGE);

describe('MIGRATION.md', () => {
  const folder = fileURLToPath(new URL('../migration/', import.meta.url));

  before(async function () {
    this.timeout(120_000);
    await compileExamples(folder, EXAMPLES);
  });

  it('has an example for each library that it speaks of', () => {
    expect(EXAMPLES.map(({ section }) => section)).to.include.members([
      'Methods',
      'Around calls',
      'Objects and streams',
      'Messages',
    ]);
  });

  for (const example of EXAMPLES) {
    const { section, output } = example;
    it(`prints what it says under "${section}", and the program ends by itself`, async () => {
      expect(await runExample(folder, example)).to.equal(`${output}\n`);
    });
  }

  it('lists every status with the number that gRPC gives it', () => {
    const listed = rowsOf(PAGE).flatMap(([code = '', status = '']) => {
      const number = /\((\d+)\)$/.exec(code)?.[1];
      return number === undefined ? [] : [[status.slice(1, -1), Number(number)]];
    });
    expect(Object.fromEntries(listed)).to.deep.equal(GRPC_CODES);
  });
});
