/**
 * Visits all orders of the small worlds of spec/worlds, and says how many there are: in `npm test` the
 * worlds with the most orders are visited in part. A few have too many orders. Of these it visits all
 * that differ from the first one in a few choices, or so many, and says which. It takes three hours, most
 * of them for two items with two cuts and a crash: 289,632 orders for items from the server, 205,212 for
 * items to it.
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
