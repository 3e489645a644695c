/**
 * Compiles and runs the packages in `examples` with the packed library. Each checks its own result
 * and says in a line what it has verified.
 *
 *     npm run check:examples [-- NAME…]
 *
 * Their other packages are devDependencies of the project, so that no registry is needed, and
 * package-lock.json says their versions. An example sees only packages that its own package.json
 * names, and those that the library names.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

import { packLibrary } from './ci/pack-library.ts';
import { reportProblems } from './ci/problems.ts';

const EXAMPLES = 'examples';
const LIBRARY = 'sluice';
/** One that hangs fails in the end. On an idle machine each takes a few seconds. */
const TIME_LIMIT_MS = 300_000;

interface Manifest {
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const problems: string[] = [];
const workshop = mkdtempSync(join(tmpdir(), 'sluice-examples-'));
try {
  const names = namesOfExamples();
  installLibrary();
  cpSync(join(EXAMPLES, 'tsconfig.json'), join(workshop, 'tsconfig.json'));
  for (const name of names) install(name);
  for (const name of names) if (problems.length === 0) await run(name);
  reportProblems('examples', problems, `${names.length} run with the packed library`);
} finally {
  rmSync(workshop, { recursive: true, force: true });
}

function namesOfExamples(): string[] {
  const all = readdirSync(EXAMPLES).filter((name) =>
    existsSync(join(EXAMPLES, name, 'package.json')),
  );
  const { positionals: named } = parseArgs({ allowPositionals: true });
  for (const name of named) if (!all.includes(name)) problems.push(`there is no example ${name}`);
  return all.filter((name) => named.length === 0 || named.includes(name));
}

/** Where all examples find it; the packages that it needs lie beside it. */
function installLibrary(): void {
  const { tarball } = packLibrary(workshop);
  const folder = join(workshop, 'node_modules', LIBRARY);
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', folder, '--strip-components', '1']);
  const { dependencies, optionalDependencies } = readManifest(folder);
  link(Object.keys({ ...dependencies, ...optionalDependencies }), workshop);
}

function install(name: string): void {
  const folder = join(workshop, name);
  const isSource = (path: string): boolean => !/[/\\](?:node_modules|dist)$/.test(path);
  cpSync(join(EXAMPLES, name), folder, { recursive: true, filter: isSource });
  const { dependencies, devDependencies } = readManifest(folder);
  const ranges = { ...dependencies, ...devDependencies };
  const ours = readManifest('.').devDependencies ?? {};
  for (const [other, range] of Object.entries(ranges)) {
    if (other === LIBRARY || ours[other] === range) continue;
    problems.push(`${name} wants ${other} ${range}, the project has ${ours[other] ?? 'none'}`);
  }
  link(Object.keys(ranges), folder);
}

/** Gives the package in `folder` the project's own copies of what it names. */
function link(packages: readonly string[], folder: string): void {
  for (const name of packages.filter((candidate) => candidate !== LIBRARY)) {
    const installed = resolve('node_modules', name);
    if (!existsSync(installed)) {
      problems.push(`${name} is not installed: run npm ci`);
      continue;
    }
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(installed, place);
  }
}

/** Runs the script that a user would run. */
async function run(name: string): Promise<void> {
  const folder = join(workshop, name);
  const command = readManifest(folder).scripts?.['start'] ?? 'exit 1';
  const path = `${resolve('node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  const program = spawn(command, {
    cwd: folder,
    shell: true,
    detached: true,
    env: { ...process.env, PATH: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => abort(program), TIME_LIMIT_MS);
  const [out, errors, [code, signal]] = await Promise.all([
    text(program.stdout),
    text(program.stderr),
    once(program, 'close') as Promise<[number | null, string | null]>,
  ]);
  clearTimeout(timer);
  const verified = out.trimEnd().split('\n').at(-1) ?? '';
  if (code === 0 && verified.startsWith(`${name}: `)) console.log(verified);
  else problems.push(`${name} ends with ${code ?? signal}:\n${out}${errors}`.trimEnd());
}

/** Ends the program with all processes that it has started. */
function abort({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
