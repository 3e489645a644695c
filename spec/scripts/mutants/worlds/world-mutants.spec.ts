import { readFileSync } from 'node:fs';
import { expect } from 'chai';

import { WORLD_MUTANTS } from '../../../../scripts/mutants/worlds/all.ts';
import { build } from '../../../../scripts/mutants/worlds/world-mutant.ts';

describe('mutants that worlds find', () => {
  it('change one place of the built code each, which is there', () => {
    for (const mutant of WORLD_MUTANTS) {
      const { path, text } = build(mutant);
      expect(text, mutant.name).to.not.equal(readFileSync(path, 'utf8'));
    }
  });

  it('stand on the page with the world that has found them, at least 30', () => {
    const rows = readFileSync('docs/world-mutants.md', 'utf8').split('\n');
    const found = WORLD_MUTANTS.filter(({ name }) => {
      const row = rows.find((line) => line.includes(`| ${name} `));
      expect(row, name).to.match(/ (?:\d+|small|none yet) +\|$/);
      return row?.includes('none yet') === false;
    });
    expect(found.length).to.be.at.least(30);
  });

  it('have a name of their own each', () => {
    const names = new Set(WORLD_MUTANTS.map(({ name }) => name));
    expect(names.size).to.equal(WORLD_MUTANTS.length);
  });
});
