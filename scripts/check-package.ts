/**
 * Packs the package as it would be published, installs it in an empty folder, imports it there,
 * type-checks a program that uses it, and lets publint and attw judge it.
 */

import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { entryPoints } from './ci/entry-points.ts';
import { CONSUMER, CONSUMER_TSCONFIG } from './ci/package-consumer.ts';
import { type Packed, packLibrary } from './ci/pack-library.ts';
import { reportProblems } from './ci/problems.ts';

/** What may be published: the library, compiled and as source, and the pages about it. */
const PUBLISHED = [
  /^package\.json$/,
  /^LICENSE$/,
  /^[A-Z]+\.md$/,
  /^docs\/[\w-]+\.md$/,
  /^lib\/[\w/-]+\.ts$/,
  /^dist\/lib\/[\w/-]+\.(?:js|js\.map|d\.ts)$/,
];

/** What must be among it. */
const REQUIRED = [
  'LICENSE',
  'README.md',
  'docs/README.md',
  ...entryPoints().flatMap(({ file }) => {
    const name = file.replace(/\.ts$/, '');
    return [file, `dist/${name}.js`, `dist/${name}.d.ts`];
  }),
];

/** What npm runs on a user's machine; a package without them installs anywhere. */
const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall', 'prepare'];

const problems: string[] = [];
const workshop = mkdtempSync(join(tmpdir(), 'sluice-package-'));
try {
  const packed = packLibrary(workshop);
  checkFiles(packed);
  checkScripts();
  const { tarball } = packed;
  run('publint', 'publint', ['run', tarball, '--strict']);
  run('attw', 'attw', [tarball, '--profile', 'esm-only', '--format', 'ascii']);
  checkConsumer(tarball);
  const allWell = `${packed.files.length} files install, import and type-check`;
  reportProblems('package', problems, allWell);
} finally {
  rmSync(workshop, { recursive: true, force: true });
}

function checkFiles({ files }: Packed): void {
  const paths = files.map(({ path }) => path);
  for (const path of paths) {
    if (!PUBLISHED.some((allowed) => allowed.test(path))) problems.push(`${path} is published`);
  }
  for (const path of REQUIRED) {
    if (!paths.includes(path)) problems.push(`${path} is not published`);
  }
}

function checkScripts(): void {
  const manifest = createRequire(import.meta.url)(resolve('package.json')) as {
    scripts: Record<string, string>;
  };
  for (const name of INSTALL_SCRIPTS) {
    if (name in manifest.scripts) problems.push(`package.json has a script "${name}"`);
  }
}

/** Installs the tarball where nothing else is, and uses it as a stranger would. */
function checkConsumer(tarball: string): void {
  const folder = join(workshop, 'consumer');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'package.json'),
    '{ "name": "consumer", "private": true, "type": "module" }',
  );
  writeFileSync(join(folder, 'tsconfig.json'), CONSUMER_TSCONFIG);
  writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
  const options = ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball];
  run('npm install', 'npm', options, folder);

  // A consumer has Node's types already; these are not sluice's to bring.
  mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
  symlinkSync(resolve('node_modules/@types/node'), join(folder, 'node_modules/@types/node'));
  run('tsc of a consumer', resolve('node_modules/.bin/tsc'), ['-p', '.'], folder);
  run('a consumer', 'node', ['consumer.js'], folder);
}

/** Runs a program of the project; what it prints is shown only if it fails. */
function run(what: string, program: string, options: string[], cwd = '.'): void {
  const isLocal = ['publint', 'attw'].includes(program);
  const path = isLocal ? resolve('node_modules/.bin', program) : program;
  try {
    execFileSync(path, options, quiet(cwd));
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: Buffer; stderr?: Buffer };
    problems.push(`${what} fails:\n${stdout.toString()}${stderr.toString()}`.trimEnd());
  }
}

function quiet(cwd = '.'): ExecFileSyncOptions {
  return { cwd, stdio: 'pipe' };
}
