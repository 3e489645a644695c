/**
 * Writes the page of results and its plots from a run that was stored.
 *
 *     npm run bench:results -- FILE.json [--out FOLDER]
 *
 * FILE is what `--json` wrote, or a `run.json` that was written beside an earlier page. An array of
 * figures does not say where it was taken: the page describes this machine then, and dates from the file.
 */

import { parseArgs } from 'node:util';

import { findPinning } from '../support/environment.ts';
import { readEnvironment } from './environment.ts';
import { readRun } from './stored-run.ts';
import { writeResults } from './write-results.ts';

const USAGE = 'usage: npm run bench:results -- FILE.json [--out FOLDER]';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: 'bench' } },
});
const [path] = positionals;

if (path === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
} else {
  try {
    const { figures, environment, writtenAt } = await readRun(path);
    await writeResults(
      figures,
      environment ?? readEnvironment(findPinning(), writtenAt),
      values.out,
    );
    console.log(`wrote ${values.out}/RESULTS.md and its plots`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
