/**
 * Visits all orders of the small worlds of spec/worlds, and says how many there are. It takes some
 * minutes: in `npm test` the worlds with the most orders are visited in part. Of two worlds that have
 * too many orders so many are visited.
 *
 *     npm run sim:small [-- RUNS]
 */

import { spawnSync } from 'node:child_process';

const [runs = '2000'] = process.argv.slice(2);
const options = ['--no-config', '--timeout', '0', 'dist/spec/worlds/small-*.spec.js'];
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...options], {
  stdio: 'inherit',
  env: { ...process.env, SLUICE_SMALL_RUNS: runs },
});
process.exitCode = status ?? 1;
