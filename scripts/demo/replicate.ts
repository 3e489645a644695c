/**
 * Replicates a storage engine: the files of a folder, in a LevelDB, to a second process.
 *
 *     npm start -- [FOLDER] [--keep DIR] [--json]
 */

import { describeError } from './describe-error.ts';
import { formatSummary } from './format.ts';
import { Interruption, whenInterrupted } from './interruption.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { Progress } from './progress.ts';
import { ProgressBar } from './progress-bar.ts';
import { run, type Summary } from './run.ts';

try {
  await main();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = error instanceof Interruption ? error.exitCode : 1;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.isHelp) {
    process.stdout.write(HELP);
    return;
  }
  const summary = await runShown(options);
  console.log(options.isJson ? JSON.stringify(summary) : formatSummary(summary));
  if (!summary.verified) process.exitCode = 1;
}

async function runShown(options: Options): Promise<Summary> {
  const progress = new Progress();
  using _bar = options.isJson ? undefined : new ProgressBar(progress, process.stdout);
  return await run(options, progress, whenInterrupted());
}
