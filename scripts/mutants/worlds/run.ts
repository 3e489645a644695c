/**
 * Breaks lib on purpose, one place at a time, and looks for the world that notices it: by seeds from 0
 * on, and then, with --small, among the small worlds. A run that was stopped goes on where it was, as
 * long as neither lib nor the worlds have changed. With --write keeps what is known in
 * docs/world-mutants.md.
 *
 *     npm run mutants:worlds [-- --name TEXT] [--seeds COUNT] [--workers COUNT] [--small] [--write]
 *
 * Ends with 1 if a mutant is noticed by no world.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reportProblems } from '../../ci/problems.ts';
import { WORLD_MUTANTS } from './all.ts';
import { pageOf } from './page.ts';
import { Results } from './results.ts';
import { tryMutant } from './trial.ts';
import type { WorldMutant } from './world-mutant.ts';

const PAGE = 'docs/world-mutants.md';
/** All mutants get the first few seeds, then those that are left get more: most are noticed early. */
const ROUNDS = [100, 1_000, 5_000];

const { values } = parseArgs({
  options: {
    name: { type: 'string', multiple: true, default: [''] },
    seeds: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '2' },
    small: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const results = new Results();
const allSeeds = Number(values.seeds);
const chosen = WORLD_MUTANTS.filter(({ name }) => values.name.some((part) => name.includes(part)));
for (const seeds of [...ROUNDS.filter((count) => count < allSeeds), allSeeds]) await tryAll(seeds);
if (values.write) writePage();
const problems = chosen
  .filter((mutant) => results.of(mutant).found === undefined)
  .map((mutant) => `${results.of(mutant).tried} seeds do not notice that ${mutant.name}`);
reportProblems('mutants', problems, `worlds notice all ${chosen.length}`);

async function tryAll(seeds: number): Promise<void> {
  const waiting = chosen.filter((mutant) => isOpen(mutant, seeds)).values();
  const work = async (): Promise<void> => {
    for (const mutant of waiting) await tryOne(mutant, seeds);
  };
  await Promise.all(Array.from({ length: Number(values.workers) }, work));
}

/** Whether there is something left to try. */
function isOpen(mutant: WorldMutant, seeds: number): boolean {
  const { found, tried, isSmallTried } = results.of(mutant);
  if (found !== undefined) return found.seed === undefined && tried < seeds;
  return tried < seeds || (seeds === allSeeds && values.small && isSmallTried !== true);
}

async function tryOne(mutant: WorldMutant, seeds: number): Promise<void> {
  const before = results.of(mutant);
  const goal = { seeds, isSmallWanted: values.small && seeds === allSeeds };
  const trial = await tryMutant(mutant, before, goal, (far) => results.set(mutant, far));
  results.set(mutant, trial);
  if (values.write) writePage();
  const { found, tried } = trial;
  const where = found?.seed === undefined ? 'small worlds' : `seed ${found.seed}`;
  const told = found === undefined ? `not by ${tried} seeds` : `${where}: ${found.text}`;
  console.log(`mutants: ${mutant.name}: ${told.slice(0, 200)}`);
}

function writePage(): void {
  writeFileSync(
    PAGE,
    pageOf(WORLD_MUTANTS.map((mutant) => ({ mutant, trial: results.of(mutant) }))),
  );
}
