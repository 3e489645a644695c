/**
 * Breaks lib on purpose, one place at a time, and expects the specs of the row that depends on it to
 * fail. What survives shows a row that is not really proved.
 *
 *     npm run mutants [-- --row ID] [--spec NAME] [--sample COUNT [--seed TEXT]]
 *
 * All mutants run unless a row, a part of a spec's path or a sample is asked for; the seed is the
 * current commit unless given. The mutants stand beside the specs, in files that end in `.mutants.ts`.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseRow } from '../ci/feature-table.ts';
import { reportProblems } from '../ci/problems.ts';
import { collectMutants } from './collect.ts';
import { Laboratory, type SpecRun } from './laboratory.ts';
import type { PlacedMutant } from './mutant.ts';
import { sample } from './sample.ts';

/** The rows of the wire, of streams and of faults: each has a mutant, unless it is still to come. */
const NEEDS_MUTANT = /^(?:S-W|S-S|F)\d+$/;

const { values: options } = parseArgs({
  options: {
    row: { type: 'string' },
    spec: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string' },
  },
});

const { mutants: all, problems: misplaced } = await collectMutants();
const chosen = choose();
const problems = [...misplaced, ...rowsWithoutMutant()];
if (chosen.length === 0) problems.push('there is no such mutant');
else problems.push(...runAll(chosen));
reportProblems('mutants', problems, `${chosen.length} of ${all.length} tried, all noticed`);

function choose(): readonly PlacedMutant[] {
  const { row, spec = '', sample: count, seed } = options;
  const asked = all.filter((mutant) => mutant.row === (row ?? mutant.row));
  const ofSpec = asked.filter((mutant) => mutant.spec.includes(spec));
  return count === undefined ? ofSpec : sample(ofSpec, Number(count), seed ?? currentCommit());
}

function currentCommit(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
}

function rowsWithoutMutant(): string[] {
  const rows = readFileSync('FEATURES.md', 'utf8')
    .split('\n')
    .flatMap((line) => parseRow(line) ?? []);
  return rows
    .filter((row) => NEEDS_MUTANT.test(row.id) && !row.provedBy.startsWith('later:'))
    .filter(({ id }) => !all.some((mutant) => mutant.row === id))
    .map(({ id }) => `${id} has no mutant`);
}

function runAll(mutants: readonly PlacedMutant[]): string[] {
  const laboratory = new Laboratory();
  try {
    laboratory.compile();
    const proofs = new Map(mutants.map((mutant) => [proofOf(mutant), mutant]));
    const usualMs = new Map<string, number>();
    const unfit = [...proofs].flatMap(([proof, mutant]) => {
      const run = laboratory.runSpec(mutant);
      usualMs.set(proof, run.tookMs);
      return unfitness(mutant, run);
    });
    if (unfit.length > 0) return unfit;
    return mutants.flatMap((mutant) => attempt(laboratory, mutant, usualMs.get(proofOf(mutant))));
  } finally {
    laboratory.close();
  }
}

/** The tests that must notice a mutant. */
function proofOf({ row, spec }: PlacedMutant): string {
  return `${row} ${spec}`;
}

/** Only specs that pass while nothing is broken can tell anything. */
function unfitness(mutant: PlacedMutant, { testCount, hasFailed, output }: SpecRun): string[] {
  if (hasFailed) return [`${mutant.row}: ${mutant.spec} fails with nothing broken:\n${output}`];
  return testCount === 0 ? [`${mutant.row}: no test of ${mutant.spec} carries this id`] : [];
}

function attempt(
  laboratory: Laboratory,
  mutant: PlacedMutant,
  usualMs: number | undefined,
): string[] {
  const { row, file, find, replace, why } = mutant;
  const place = `${row}: ${file}: "${find}" as "${replace}" (${why})`;
  return laboratory.withMutant(mutant, () => {
    try {
      laboratory.compile();
    } catch (error) {
      return [`${place} does not compile: ${String(error)}`];
    }
    if (!laboratory.runSpec(mutant, usualMs).hasFailed) return [`${place} survived`];
    console.log(`mutants: ${row} noticed: ${why}`);
    return [];
  });
}
