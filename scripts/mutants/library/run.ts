/**
 * Breaks the built files of some areas in every way that the library knows, and expects the specs of
 * each file to notice. A survivor needs a reason in `spec/mutants/survivors.json`.
 *
 *     npm run mutants:library [-- --file PART] [--minutes COUNT] [--sample COUNT] [--seed TEXT]
 *
 * All mutants of the files whose path contains PART are tried, for 60 minutes unless said otherwise:
 * each file has its share of them, and what is over is left out by the seed, which is the current
 * commit unless given. Verdicts are kept in dist until a file or one of its specs changes; with 0
 * minutes, those are shown.
 */

import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { parseArgs } from 'node:util';
import { reportProblems } from '../../ci/problems.ts';
import { copyProject } from '../copy-project.ts';
import { sample } from '../sample.ts';
import { FileTrial } from './file-trial.ts';
import { instrument, type InstrumentedFile, type LibraryMutant } from './instrument.ts';
import { Results } from './results.ts';
import { Scores } from './scores.ts';
import { Survivors } from './survivors.ts';
import { AREAS, listTargets, type Target } from './targets.ts';

/** A file with its mutants, and those among them that are to be tried. */
interface Job extends Target {
  readonly instrumented: InstrumentedFile;
  readonly chosen: readonly LibraryMutant[];
}

const { values: options } = parseArgs({
  options: {
    file: { type: 'string', default: '' },
    minutes: { type: 'string', default: '60' },
    jobs: { type: 'string', default: '2' },
    sample: { type: 'string' },
    seed: { type: 'string' },
  },
});
const seed = options.seed ?? execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' });
const processCount = Number(options.jobs);
const endsAt = performance.now() + Number(options.minutes) * 60_000;

// The machine belongs to others first.
setPriority(constants.priority.PRIORITY_LOW);
const survivors = new Survivors();
const results = new Results();
const problems: string[] = [];
const jobs = await readJobs();
const queue = [...jobs];
let openCount = jobs.reduce((sum, job) => sum + openOf(job).length, 0);

await Promise.all(Array.from({ length: processCount }, workThroughQueue));
const scores = new Scores(survivors);
for (const job of jobs) scores.add(job, job.chosen, results.of(job));
const isWhole = options.sample === undefined && options.file === '';
problems.push(...scores.unexplained(), ...(isWhole ? scores.belowThreshold() : []));
for (const line of scores.lines()) console.log(`mutants:library: ${line}`);
reportProblems('mutants:library', problems, 'every survivor is explained');

/** The files in the order of their areas, the smallest first. */
async function readJobs(): Promise<Job[]> {
  const found: Job[] = [];
  for (const target of listTargets().filter(({ file }) => file.includes(options.file))) {
    const instrumented = await instrument(target.file);
    const gone = survivors.outdated(target.file, instrumented.mutants);
    problems.push(...gone.map((change) => `${target.file} has no such mutant: ${change}`));
    found.push({ ...target, instrumented, chosen: instrumented.mutants });
  }
  if (options.sample !== undefined) return sampled(found, Number(options.sample));
  const rankOf = ({ area, chosen }: Job): number => AREAS.indexOf(area) * 10_000 + chosen.length;
  return found.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function sampled(all: readonly Job[], count: number): Job[] {
  const mutants = new Set(
    sample(
      all.flatMap(({ chosen }) => chosen),
      count,
      seed,
    ),
  );
  return all
    .map((job) => ({ ...job, chosen: job.chosen.filter((mutant) => mutants.has(mutant)) }))
    .filter(({ chosen }) => chosen.length > 0);
}

/** The mutants that no earlier run has tried. */
function openOf(job: Job): readonly LibraryMutant[] {
  const verdicts = results.of(job);
  return job.chosen.filter(({ id }) => verdicts[id] === undefined);
}

async function workThroughQueue(): Promise<void> {
  const root = copyProject();
  try {
    for (let job; (job = queue.shift()) !== undefined;) await work(root, job);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Tries a file's mutants until its share of the time is over. */
async function work(root: string, job: Job): Promise<void> {
  const open = openOf(job);
  if (open.length === 0 || performance.now() >= endsAt) return;
  const { file, instrumented, specs } = job;
  const timeLeft = (endsAt - performance.now()) * processCount;
  const stopAt = performance.now() + (timeLeft * open.length) / openCount;
  openCount -= open.length;
  const verdicts = results.of(job);
  const original = readFileSync(instrumented.path, 'utf8');
  await FileTrial.with(root, instrumented, original, specs, async (trial) => {
    const problem = await trial.survey();
    if (problem !== undefined) problems.push(`${file}: ${problem}`);
    for (const mutant of problem === undefined ? sample(open, open.length, seed) : []) {
      if (performance.now() > stopAt) break;
      verdicts[mutant.id] = await trial.attempt(mutant);
    }
  });
  results.save();
  const left = openOf(job).length;
  console.log(`mutants:library: ${file}: ${open.length - left} tried, ${left} left out`);
}
