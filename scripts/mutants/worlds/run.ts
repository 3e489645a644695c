/**
 * Breaks lib on purpose, one place at a time, and looks for the world that notices it: by seeds from 0
 * on, and then, with --small, among the small worlds. With --write keeps the results in docs/world-mutants.md.
 *
 *     npm run mutants:worlds [-- --name TEXT] [--seeds COUNT] [--small] [--write]
 *
 * Ends with 1 if a mutant is noticed by no world.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reportProblems } from '../../ci/problems.ts';
import { WORLD_MUTANTS } from './all.ts';
import { pageOf, type Result } from './page.ts';
import { tryMutant } from './trial.ts';

const PAGE = 'docs/world-mutants.md';
const WORKERS = 2;

const { values } = parseArgs({
  options: {
    name: { type: 'string', multiple: true, default: [''] },
    seeds: { type: 'string', default: '20000' },
    small: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});

const chosen = WORLD_MUTANTS.filter(({ name }) => values.name.some((part) => name.includes(part)));
const results = new Map<string, Result>();
const waiting = chosen.values();
await Promise.all(Array.from({ length: WORKERS }, tryWaiting));
if (values.write)
  writeFileSync(PAGE, pageOf(chosen.flatMap(({ name }) => results.get(name) ?? [])));
const problems = chosen
  .filter(({ name }) => results.get(name)?.found === undefined)
  .map(({ name, file }) => `no world notices in lib/${file}.ts: ${name}`);
reportProblems('mutants', problems, `worlds notice all ${chosen.length}`);

async function tryWaiting(): Promise<void> {
  for (const mutant of waiting) {
    const found = await tryMutant(mutant, Number(values.seeds), values.small);
    results.set(mutant.name, { mutant, found });
    const where = found?.seed === undefined ? 'small worlds' : `seed ${found.seed}`;
    const told = found === undefined ? 'NOT noticed' : `${where}: ${found.text}`;
    console.log(`mutants: ${mutant.name}: ${told.slice(0, 200)}`);
  }
}
