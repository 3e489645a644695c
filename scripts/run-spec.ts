/**
 * Runs the specs whose path contains a name, with the hook and the timeout of a full run.
 *
 *     npm run spec -- NAME… [mocha's options]      for example: npm run spec -- stream/lane -g K10
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findSpecs, similarSpecs } from './ci/find-specs.ts';
import { mochaOptions } from './ci/mocha-options.ts';
import { listSources } from './ci/source-file.ts';

const given = process.argv.slice(2);
const firstOption = given.findIndex((word) => word.startsWith('-'));
const names = firstOption < 0 ? given : given.slice(0, firstOption);
const options = given.slice(names.length);

const paths = listSources('spec');
const unknown = names.filter((name) => findSpecs(paths, name).length === 0);

if (names.length === 0) {
  fail('name a spec: npm run spec -- NAME');
} else if (unknown.length > 0) {
  for (const name of unknown) {
    const similar = similarSpecs(paths, name).map((path) => `\n  ${path}`);
    const hint = similar.length === 0 ? '' : `; like it are:${similar.join('')}`;
    fail(`no spec has ${name} in its path${hint}`);
  }
} else {
  const specs = new Set(names.flatMap((name) => findSpecs(paths, name)));
  const built = Array.from(specs, (path) => join('dist', path.replace(/\.ts$/, '.js')));
  const words = ['node_modules/mocha/bin/mocha.js', ...mochaOptions(), ...options, ...built];
  process.exitCode = spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1;
}

function fail(text: string): void {
  console.error(`spec: ${text}`);
  process.exitCode = 1;
}
