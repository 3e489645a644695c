/**
 * Breaks lib on purpose, one place at a time, and expects the specs of the row that depends on it to
 * fail. What survives shows a row that is not really proved.
 *
 *     npm run mutants [-- --row ID] [--sample COUNT [--seed TEXT]]
 *
 * All mutants run unless a row or a sample is asked for; the seed is the current commit unless given.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseRow } from '../ci/feature-table.ts';
import { reportProblems } from '../ci/problems.ts';
import { Laboratory } from './laboratory.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { sample } from './sample.ts';

/** The rows of the wire, of streams and of faults: each has a mutant, unless it is still to come. */
const NEEDS_MUTANT = /^(?:S-W|S-S|F)\d+$/;

const { values: options } = parseArgs({
  options: { row: { type: 'string' }, sample: { type: 'string' }, seed: { type: 'string' } },
});

const chosen = choose();
const problems =
  options.row === undefined
    ? [...MUTANTS.flatMap(staleness), ...rowsWithoutMutant()]
    : chosen.flatMap(staleness);
if (problems.length === 0) problems.push(...runAll(chosen));
reportProblems('mutants', problems, `${chosen.length} of ${MUTANTS.length} tried, all noticed`);

function choose(): readonly Mutant[] {
  const { row, sample: count, seed } = options;
  const ofRow = row === undefined ? MUTANTS : MUTANTS.filter((mutant) => mutant.row === row);
  return count === undefined ? ofRow : sample(ofRow, Number(count), seed ?? currentCommit());
}

function currentCommit(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
}

/** A mutant whose text is gone breaks nothing, and one whose text stands twice breaks who knows what. */
function staleness({ row, file, find, spec }: Mutant): string[] {
  const missing = [file, spec].filter((path) => !existsSync(path));
  if (missing.length > 0) return missing.map((path) => `${row}: there is no ${path}`);
  const count = readFileSync(file, 'utf8').split(find).length - 1;
  return count === 1 ? [] : [`${row}: "${find}" stands ${count} times in ${file}`];
}

function rowsWithoutMutant(): string[] {
  const rows = readFileSync('FEATURES.md', 'utf8')
    .split('\n')
    .flatMap((line) => parseRow(line) ?? []);
  return rows
    .filter((row) => NEEDS_MUTANT.test(row.id) && !row.provedBy.startsWith('later:'))
    .filter(({ id }) => !MUTANTS.some((mutant) => mutant.row === id))
    .map(({ id }) => `${id} has no mutant`);
}

function runAll(mutants: readonly Mutant[]): string[] {
  const laboratory = new Laboratory();
  try {
    laboratory.compile();
    const proofs = new Map(mutants.map((mutant) => [`${mutant.row} ${mutant.spec}`, mutant]));
    const unfit = [...proofs.values()].flatMap((mutant) => baseline(laboratory, mutant));
    return unfit.length > 0 ? unfit : mutants.flatMap((mutant) => attempt(laboratory, mutant));
  } finally {
    laboratory.close();
  }
}

/** Only specs that pass while nothing is broken can tell anything. */
function baseline(laboratory: Laboratory, mutant: Mutant): string[] {
  const { testCount, hasFailed, output } = laboratory.runSpec(mutant);
  if (hasFailed) return [`${mutant.row}: ${mutant.spec} fails with nothing broken:\n${output}`];
  return testCount === 0 ? [`${mutant.row}: no test of ${mutant.spec} carries this id`] : [];
}

function attempt(laboratory: Laboratory, mutant: Mutant): string[] {
  const { row, file, find, replace, why } = mutant;
  const place = `${row}: ${file}: "${find}" as "${replace}" (${why})`;
  return laboratory.withMutant(mutant, () => {
    try {
      laboratory.compile();
    } catch (error) {
      return [`${place} does not compile: ${String(error)}`];
    }
    if (!laboratory.runSpec(mutant).hasFailed) return [`${place} survived`];
    console.log(`mutants: ${row} noticed: ${why}`);
    return [];
  });
}
