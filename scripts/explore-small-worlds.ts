/**
 * Visits all orders of the small worlds of spec/worlds, or so many of each: in `npm test` a few hundred
 * of each are visited.
 *
 *     npm run sim:small [-- RUNS]
 */

import { spawnSync } from 'node:child_process';

const [runs = 'Infinity'] = process.argv.slice(2);
const options = ['--no-config', '--timeout', '0', 'dist/spec/worlds/small-*.spec.js'];
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...options], {
  stdio: 'inherit',
  env: { ...process.env, SLUICE_SMALL_RUNS: runs },
});
process.exitCode = status ?? 1;
