/**
 * Measures sluice beside raw sockets that carry the same bytes.
 *
 *     npm run bench -- [--quick] [--only PATTERN] [--json FILE] [--profile FOLDER]
 *
 * `loopback/` is measured between two processes, pinned to a core each where that is possible: floor
 * and sluice take turns, and each run checks what arrived. `micro/` measures single parts, each beside
 * the least code that does the same. Only ratios of one run mean anything on a busy machine.
 *
 * Each rate stands beside the collections of garbage in a round of it. Those of the whole heap cost most:
 * V8 begins one when large messages have taken new memory for a while.
 *
 * In the end it says which targets are missed, as far as they need no other library.
 *
 * `--quick` takes two to three minutes and leaves out what is much like another. `--only` is a regular
 * expression for names; with it nothing that fits is left out. `--json` writes an array of all figures,
 * `--profile` leaves a CPU profile of each process. The exit code is 1 if any check failed.
 */

import { parseArgs } from 'node:util';

import { MICROS } from './micros.ts';
import { TARGETS } from './results/targets.ts';
import { judge } from './results/verdicts.ts';
import { describeEnvironment, findPinning } from './support/environment.ts';
import { type Job, runJobs, workloadJob } from './support/jobs.ts';
import { measureMicro } from './support/micro.ts';
import { Report } from './support/report.ts';
import { describeSettings, FULL, QUICK } from './support/settings.ts';
import type { Workload } from './support/workload.ts';
import { WORKLOADS } from './workloads.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    profile: { type: 'string' },
  },
});
const settings = values.quick ? QUICK : FULL;
const pattern = new RegExp(values.only);
const pinning = findPinning();
const report = new Report();

const options = { pinning, profileFolder: values.profile };
const jobs: Job[] = [
  ...WORKLOADS.filter(isChosen).map((workload) => workloadJob(workload, settings, options)),
  ...MICROS.map((micro) => ({
    names: [micro.name],
    run: (deadline: number) => measureMicro(micro, settings, deadline),
  })),
].filter(({ names }) => names.some((name) => pattern.test(name)));

report.begin(`${describeEnvironment(pinning)}\n${describeSettings(settings)}`);
await runJobs(jobs, performance.now() + settings.totalSeconds * 1e3, report);
printVerdicts();
if (values.json !== undefined) report.write(values.json);

/** A quick look at everything leaves variants out. */
function isChosen({ isVariant = false }: Workload): boolean {
  return !isVariant || !values.quick || values.only !== '';
}

function printVerdicts(): void {
  const verdicts = judge(TARGETS, report.figures).filter(
    ({ outcome }) => outcome !== 'not measured',
  );
  const missed = verdicts.filter(({ outcome }) => outcome === 'missed');
  console.log(`\n${verdicts.length - missed.length} of ${verdicts.length} targets are met.`);
  for (const { figure, measured, bound } of missed) {
    console.log(`MISSED ${figure}: ${measured}, asked for ${bound}`);
  }
}
