/**
 * Prepares a release, or publishes one. Without `--write` and `--publish` it only tells its plan.
 *
 *     npm run release -- VERSION [--dry-run | --write]
 *     npm run release -- --publish
 *
 * `--write` sets the version in package.json and gives the changelog's Unreleased section its name
 * and date. `--publish` publishes a prepared version whose commit is tagged; npm proves the origin
 * of a package only in a hosted build. Both check first that the recorded conversations are still
 * those of the code and that the package can be packed.
 */

import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { reportProblems } from './ci/problems.ts';
import { dateRelease } from './release/changelog.ts';
import { problemsOfPreparing, problemsOfPublishing } from './release/judgement.ts';
import { type ProjectState, readState } from './release/state.ts';

const USAGE = 'usage: npm run release -- VERSION [--dry-run | --write], or -- --publish';
const PUBLISH = ['publish', '--provenance', '--access', 'public'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'dry-run': { type: 'boolean' },
    write: { type: 'boolean' },
    publish: { type: 'boolean' },
  },
});

const state = readState();
const [version, ...rest] = positionals;
const modes = Object.values(values).filter(Boolean).length;
if (modes > 1 || rest.length > 0 || (version === undefined) !== (values.publish === true)) {
  console.error(USAGE);
  process.exitCode = 2;
} else if (version === undefined) {
  publish();
} else {
  prepare(version, values.write === true);
}

function prepare(next: string, isToWrite: boolean): void {
  const problems = [...problemsOfPreparing(state, next), ...problemsOfBuild()];
  if (problems.length === 0 && isToWrite) write(next, state);
  reportProblems(
    'release',
    problems,
    `${next} ${isToWrite ? 'is prepared' : 'can be prepared with --write'}. Then:
  git commit -am "Release ${next}" && git tag v${next} && git push --follow-tags
  npm ${PUBLISH.join(' ')}      or: npm run release -- --publish`,
  );
}

function publish(): void {
  const problems = [...problemsOfPublishing(state), ...problemsOfBuild()];
  if (problems.length === 0) {
    const { status } = spawnSync('npm', PUBLISH, { stdio: 'inherit' });
    if (status !== 0) problems.push('npm did not publish it');
  }
  reportProblems('release', problems, `${state.version} is published`);
}

function write(next: string, { changelog }: ProjectState): void {
  const today = new Date().toISOString().slice(0, 10);
  execFileSync('npm', ['version', next, '--no-git-tag-version'], { stdio: 'pipe' });
  writeFileSync('CHANGELOG.md', dateRelease(changelog, next, today));
}

/** The vectors that were recorded must be those of this code, and the package must pack. */
function problemsOfBuild(): string[] {
  const steps: [string, string[], string][] = [
    [process.execPath, ['dist/scripts/record-vectors.js', '--check'], 'the vectors have changed'],
    ['npm', ['pack', '--dry-run', '--ignore-scripts'], 'the package does not pack'],
  ];
  return steps.flatMap(([program, options, problem]) =>
    spawnSync(program, options, { stdio: 'pipe' }).status === 0 ? [] : [problem],
  );
}
