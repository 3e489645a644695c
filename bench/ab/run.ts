/**
 * Compares this working copy with a commit, by the figures of `npm run bench` that are measured between
 * two processes.
 *
 *     npm run bench:ab -- REF [FIGURE…] [--quick] [--rounds COUNT] [--seconds SECONDS]
 *
 * REF is built in a temporary folder, which is removed afterwards. Old and new take turns round by round,
 * each with its own benchmarks, so files and names may differ as they like. FIGURE is a part of a
 * figure's name; without any, all are compared, but for variants of others with `--quick`.
 *
 * In a round each side has new processes and works for 0.5 seconds, with `--quick` 0.2, or as `--seconds`
 * says. There are 9 rounds, with `--quick` 5, and up to three times as many while a figure is undecided.
 *
 * The exit code is 1 if a figure is worse by more than 3 %, with a confidence of 95 %, and comes out worse
 * again when it is measured once more; undecided is not worse. It is 2 if there was something that could not be measured.
 */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { describeEnvironment, findPinning } from '../support/environment.ts';
import type { WorkerOptions } from '../support/processes.ts';
import type { Workload } from '../support/workload.ts';
import { WORKLOADS } from '../workloads.ts';
import { Builds, WORKER, WORKLOADS as WORKLOADS_FILE } from './builds.ts';
import { type Chosen, chooseFigures, matchFigures } from './choice.ts';
import type { Comparison } from './comparison.ts';
import { decideFigures } from './decide.ts';
import { measurePairedRound } from './paired-round.ts';
import { type AbSettings, adjust, FULL_AB, QUICK_AB } from './settings.ts';
import type { OfBoth } from './sides.ts';
import { formatLine, formatTable, LEGEND } from './table.ts';

const USAGE =
  'usage: npm run bench:ab -- REF [FIGURE…] [--quick] [--rounds COUNT] [--seconds SECONDS]';

const WORSE = 1;
const FAILED = 2;

/** What a shell says of a program that was interrupted. */
const INTERRUPTED = 130;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const pinning = findPinning();

try {
  await main(positionals);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = FAILED;
}

async function main([ref, ...texts]: readonly string[]): Promise<void> {
  if (ref === undefined) throw new Error(USAGE);
  const settings = adjust(values.quick ? QUICK_AB : FULL_AB, values.rounds, values.seconds);
  const isWhole = !values.quick || texts.length > 0;
  const chosen = chooseFigures(
    WORKLOADS.filter(({ isVariant = false }) => isWhole || !isVariant),
    texts,
  );
  using builds = new Builds('.');
  const leave = (): never => {
    builds[Symbol.dispose]();
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', leave).once('SIGTERM', leave);
  const folders = { new: builds.copyCurrent(), old: builds.checkOut(ref) };
  const { common, missing } = matchFigures(chosen, await workloadsOf(folders.old));
  console.log(`${describeEnvironment(pinning)}\nOld is ${ref}. ${LEGEND}\n`);
  if (missing.length > 0) console.log(`${ref} does not have ${missing.join(', ')}.\n`);
  const comparisons = await compareAll(common, settings, {
    old: workerOptions(folders.old),
    new: workerOptions(folders.new),
  });
  console.log(formatTable(comparisons));
  if (comparisons.some(({ verdict }) => verdict === 'worse')) process.exitCode = WORSE;
}

function workerOptions(folder: string): WorkerOptions {
  return { pinning, profileFolder: undefined, worker: join(folder, WORKER) };
}

async function workloadsOf(folder: string): Promise<readonly Workload[]> {
  const path = pathToFileURL(join(folder, WORKLOADS_FILE)).href;
  // What it exports is declared in the source of another commit.
  const module = (await import(path)) as { readonly WORKLOADS: readonly Workload[] };
  return module.WORKLOADS;
}

/** One workload after the other. One that fails is reported and makes the exit code 2. */
async function compareAll(
  chosen: readonly Chosen[],
  settings: AbSettings,
  options: OfBoth<WorkerOptions>,
): Promise<Comparison[]> {
  const all: Comparison[] = [];
  for (const { workload, figures } of chosen) {
    const absence = workload.absence?.();
    if (absence !== undefined) {
      console.log(`${workload.name} is left out: ${absence}`);
      continue;
    }
    try {
      const comparisons = await decideFigures(figures, settings, (round) =>
        measurePairedRound(workload, settings, options, round % 2 === 1),
      );
      for (const comparison of comparisons) console.error(formatLine(comparison));
      all.push(...comparisons);
    } catch (error) {
      console.error(`${workload.name} failed:`, error);
      process.exitCode = FAILED;
    }
  }
  return all;
}
