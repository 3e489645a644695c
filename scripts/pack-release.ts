/**
 * Packs what a commit runs, small enough to be kept: the compiled library without comments,
 * declarations and source maps. The specs run such archives against the newest code.
 *
 *     npm run pack:release -- COMMIT NAME
 *
 * writes `spec/releases/archives/sluice-NAME.tgz`. List it in `spec/releases/release.ts` then. The
 * same commit gives the same bytes, as long as the compiler and npm are the same.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const ARCHIVES = 'spec/releases/archives';
const COMPILER_OPTIONS = {
  declaration: false,
  isolatedDeclarations: false,
  sourceMap: false,
  incremental: false,
  tsBuildInfoFile: null,
  removeComments: true,
  types: ['node'],
};

interface Manifest {
  readonly version: string;
  readonly engines: object;
  readonly dependencies: object;
  readonly optionalDependencies?: object;
}

const { positionals } = parseArgs({ allowPositionals: true });
const [commit, name] = positionals;
if (commit === undefined || name === undefined || !/^[\w.-]+$/.test(name)) {
  throw new Error('usage: npm run pack:release -- COMMIT NAME');
}
const folder = mkdtempSync(join(tmpdir(), 'sluice-release-'));
try {
  checkOut(commit);
  compile();
  pack(name);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${join(ARCHIVES, `sluice-${name}.tgz`)} holds the library of ${commit}`);

function checkOut(from: string): void {
  const archive = join(folder, 'tree.tar');
  const paths = ['package.json', 'tsconfig.json', 'LICENSE', 'lib'];
  execFileSync('git', ['archive', '--output', archive, from, ...paths]);
  execFileSync('tar', ['-xf', archive, '-C', folder]);
}

function compile(): void {
  const settings = {
    extends: './tsconfig.json',
    compilerOptions: COMPILER_OPTIONS,
    include: ['lib'],
  };
  writeFileSync(join(folder, 'tsconfig.pack.json'), JSON.stringify(settings));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const options = ['-p', 'tsconfig.pack.json'];
  execFileSync(resolve('node_modules/.bin/tsc'), options, { cwd: folder, stdio: 'inherit' });
}

/** npm gives all files of an archive one date, so that the bytes depend on the content only. */
function pack(as: string): void {
  const path = join(folder, 'package.json');
  const { version, engines, dependencies, optionalDependencies } = JSON.parse(
    readFileSync(path, 'utf8'),
  ) as Manifest;
  const packed = {
    name: 'sluice',
    version,
    type: 'module',
    license: 'Apache-2.0',
    engines,
    exports: { './*': './dist/lib/*' },
    files: ['dist/lib'],
    dependencies,
    optionalDependencies,
  };
  writeFileSync(path, JSON.stringify(packed, undefined, 2));
  const options = ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder];
  const file = execFileSync('npm', options, { cwd: folder }).toString().trim();
  mkdirSync(ARCHIVES, { recursive: true });
  const archive = join(ARCHIVES, `sluice-${as}.tgz`);
  writeFileSync(archive, readFileSync(join(folder, file)));
}
