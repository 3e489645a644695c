/**
 * Runs the specs again and again and stops at the first failure, to find one that fails at times.
 *
 *     npm run test:repeat -- [RUNS] [mocha's options]      RUNS: 20 unless said otherwise
 */

import { spawnSync } from 'node:child_process';

const DEFAULT_RUNS = 20;

const [first = '', ...rest] = process.argv.slice(2);
const isCount = /^\d+$/.test(first);
const runs = isCount ? Number(first) : DEFAULT_RUNS;
const mochaOptions = isCount ? rest : process.argv.slice(2);

for (let run = 1; run <= runs; run++) {
  const { status, signal } = spawnSync('npx', ['mocha', '--reporter', 'dot', ...mochaOptions], {
    stdio: 'inherit',
  });
  if (status !== 0) {
    console.error(`run ${run} of ${runs} failed (${signal ?? `exit code ${status}`})`);
    process.exitCode = 1;
    break;
  }
  console.log(`run ${run} of ${runs} passed`);
}
