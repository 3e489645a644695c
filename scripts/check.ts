/**
 * Runs every `check:…` script of `package.json` on one build and says how long each took. All of
 * them run, even when one fails.
 *
 *     npm run check
 */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

const NAME = /^check:(.+)$/;
/** A check that is run by its own name builds first. */
const OWN_BUILD = 'npm run build --silent && ';
/** Its specs fail on a machine that is too busy. */
const ALONE = 'mutants';
const PARTS_AT_ONCE = 2;

interface Part {
  readonly name: string;
  /** For a shell. */
  readonly command: string;
}

const startedAt = performance.now();
const parts = readParts();
const failed: string[] = [];

const shared = parts.filter(({ name }) => name !== ALONE);
await Promise.all(Array.from({ length: PARTS_AT_ONCE }, () => runInTurn(shared)));
await runInTurn(parts.filter(({ name }) => name === ALONE));

console.log(`check: ${parts.length} parts took ${secondsSince(startedAt)}`);
if (failed.length > 0) {
  console.error(`check: ${failed.length} failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

function readParts(): Part[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  return Object.entries(scripts).flatMap(([script, command]) => {
    const [, name] = NAME.exec(script) ?? [];
    return name === undefined ? [] : [{ name, command: command.replace(OWN_BUILD, '') }];
  });
}

/** Takes part after part out of the queue, which others may take from as well. */
async function runInTurn(queue: Part[]): Promise<void> {
  for (let part; (part = queue.shift()) !== undefined;) {
    const partStartedAt = performance.now();
    const { output, exitCode } = await run(part.command);
    if (output !== '') console.log(output);
    const outcome = exitCode === 0 ? 'passed' : 'FAILED';
    console.log(`check: ${part.name} ${outcome} in ${secondsSince(partStartedAt)}`);
    if (exitCode !== 0) failed.push(part.name);
  }
}

function run(command: string): Promise<{ output: string; exitCode: number | null }> {
  const path = `${resolve('node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  const child = spawn(command, { shell: true, env: { ...process.env, PATH: path } });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (exitCode) => {
      done({ output: Buffer.concat(chunks).toString().trimEnd(), exitCode });
    });
  });
}

function secondsSince(at: number): string {
  return `${((performance.now() - at) / 1000).toFixed(1)} s`;
}
