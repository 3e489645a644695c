/**
 * Measures sluice beside other libraries, and all of them beside raw sockets.
 *
 *     npm run bench:peers -- [--quick] [--only PATTERN] [--subjects NAME,...] [--json FILE]
 *
 * Installs and builds the package of the peers where that is needed. All subjects take turns, each as two
 * processes; each run checks what arrived. Only ratios of one run mean anything on a busy machine.
 *
 * `--quick` sets sluice beside the floor and grpc-js only and takes two to three minutes; a full run takes
 * some fifty minutes and writes `bench/RESULTS.md` with its plots. `--only` is a regular expression for
 * names; `--subjects` names who takes part beside the floor; with either the page stays as it is. `--json`
 * writes an array of all figures. The exit code is 1 if any check failed.
 */

import { parseArgs } from 'node:util';

import { isCompared, isOwn } from './compared.ts';
import { readEnvironment } from './results/environment.ts';
import { writeResults } from './results/write-results.ts';
import { buildPeers } from './support/build-peers.ts';
import { describeEnvironment, findPinning } from './support/environment.ts';
import { runJobs, workloadJob } from './support/jobs.ts';
import { loadPeers, onlySubjects, type Peer, withPeers } from './support/peers.ts';
import { Report } from './support/report.ts';
import { describeSettings, PEERS, PEERS_QUICK } from './support/settings.ts';
import { WORKLOADS } from './workloads.ts';

const RESULTS_FOLDER = 'bench';
const QUICK_SUBJECTS = ['sluice', 'grpc-js'];

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    subjects: { type: 'string' },
    json: { type: 'string' },
  },
});
buildPeers();
const settings = values.quick ? PEERS_QUICK : PEERS;
const pattern = new RegExp(values.only);
const pinning = findPinning();
const report = new Report();

const subjects = values.subjects?.split(',') ?? (values.quick ? QUICK_SUBJECTS : undefined);
const options = { pinning, profileFolder: undefined };
const peers = (await loadPeers()).filter(isPresent);
report.begin(`${describeEnvironment(pinning)}\n${describeSettings(settings)}`);
const jobs = WORKLOADS.filter(({ name }) => isCompared(name) || (!values.quick && isOwn(name)))
  .map((workload) => withPeers(workload, peers))
  .map((workload) => (subjects === undefined ? workload : onlySubjects(workload, subjects)))
  .map((workload) => workloadJob(workload, settings, options))
  .filter(({ names }) => names.some((name) => pattern.test(name)));

// By a clock that began with this program, which had the peers to build.
await runJobs(jobs, settings.totalSeconds * 1e3, report);
if (values.json !== undefined) report.write(values.json);
if (!values.quick && subjects === undefined && values.only === '') {
  await writeResults(report.figures, readEnvironment(pinning, new Date()), RESULTS_FOLDER);
  console.log(`\nwrote ${RESULTS_FOLDER}/RESULTS.md and its plots`);
}

/** Whether a peer can run here; says so if not. */
function isPresent({ name, absence }: Peer): boolean {
  const reason = absence?.();
  if (reason !== undefined) console.log(`${name} is left out: ${reason}`);
  return reason === undefined;
}
