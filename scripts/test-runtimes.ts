/**
 * Runs all specs on each major of Node that the library is for; npm brings them. All of them run,
 * even when the specs fail on one.
 *
 *     npm run test:runtimes -- [MAJOR…] [mocha's options]      MAJOR: all four unless some are named
 */

import { spawnSync } from 'node:child_process';

const MAJORS: readonly string[] = ['20', '22', '24', '26'];
const MOCHA = 'node_modules/mocha/bin/mocha.js';

const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => !/^\d+$/.test(word));
const named = firstOption < 0 ? given : given.slice(0, firstOption);
const options = given.slice(named.length);
const failed: string[] = [];

for (const major of named.length > 0 ? named : MAJORS) {
  console.log(`Node ${major}`);
  const words = ['--yes', `node@${major}`, MOCHA, '--reporter', 'dot', ...options];
  const { status } = spawnSync('npx', words, { stdio: 'inherit' });
  if (status !== 0) failed.push(major);
}

if (failed.length > 0) {
  console.error(`test:runtimes: the specs failed on Node ${failed.join(', ')}`);
  process.exitCode = 1;
}
