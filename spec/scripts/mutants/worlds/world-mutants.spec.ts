import { readFileSync } from 'node:fs';
import { expect } from 'chai';

import { WORLD_MUTANTS } from '../../../../scripts/mutants/worlds/all.ts';
import { pageOf } from '../../../../scripts/mutants/worlds/page.ts';
import type { Trial } from '../../../../scripts/mutants/worlds/results.ts';
import { UNSEEN_PLACES } from '../../../../scripts/mutants/worlds/unseen.ts';
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
      expect(row, name).to.match(/ (?:\d+|small|none yet of \d+) +\|$/);
      return row?.includes('none yet') === false;
    });
    expect(found.length).to.be.at.least(30);
  });

  it('stand on the page with the number of seeds that were tried in vain', () => {
    const [mutant] = WORLD_MUTANTS;
    if (mutant === undefined) throw new Error('there are no mutants');
    const rowOf = (trial: Trial): string | undefined =>
      pageOf([{ mutant, trial }])
        .split('\n')
        .find((line) => line.includes(`| ${mutant.name} `));
    expect(rowOf({ tried: 1_200 })).to.match(/\| none yet of 1200 \|$/);
    expect(rowOf({ tried: 7, found: { seed: 7, text: 'lost' } })).to.match(/\| 7 \|$/);
    expect(rowOf({ tried: 9, found: { seed: undefined, text: 'lost' } })).to.match(/\| small \|$/);
  });

  it('leave out places that no program needs, each with the reason', () => {
    for (const { file, in: inner, why } of UNSEEN_PLACES) {
      const member = /\.(#?\w+)/.exec(inner)?.[1];
      expect(readFileSync(`lib/${file}.ts`, 'utf8'), inner).to.include(`  ${member}(`);
      expect(why, inner).to.match(/^[A-Z].+\.$/);
    }
  });

  it('have a name of their own each', () => {
    const names = new Set(WORLD_MUTANTS.map(({ name }) => name));
    expect(names.size).to.equal(WORLD_MUTANTS.length);
  });
});
