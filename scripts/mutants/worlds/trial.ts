import { fork, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SeedNews } from './find-seed.ts';
import { build, type WorldMutant } from './world-mutant.ts';

/** A seed that takes longer never ends: others take some milliseconds. */
const SEED_MS = 120_000;

/** The world that has noticed a mutant. */
export interface Found {
  /** Undefined if one of the small worlds has. */
  readonly seed: number | undefined;
  readonly text: string;
}

/** Builds the mutant in a copy, and looks for the first seed that notices it, or else for a small world if wanted. */
export async function tryMutant(
  mutant: WorldMutant,
  seeds: number,
  isSmallWanted: boolean,
): Promise<Found | undefined> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-world-mutant-'));
  try {
    for (const part of ['lib', 'scripts', 'spec/worlds']) {
      cpSync(join('dist', part), join(root, 'dist', part), { recursive: true });
    }
    cpSync('package.json', join(root, 'package.json'));
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    const { path, text } = build(mutant);
    writeFileSync(join(root, path), text);
    const found = await findSeed(root, seeds);
    return found ?? (isSmallWanted ? findSmall(root) : undefined);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function findSeed(root: string, seeds: number): Promise<Found | undefined> {
  const script = join(root, 'dist/scripts/mutants/worlds/find-seed.js');
  const worker = fork(script, [String(seeds - 1)], { cwd: root, silent: true });
  return new Promise((found, failed) => {
    let seed = 0;
    const onSilent = (): void => {
      worker.kill('SIGKILL');
      found({ seed, text: 'the world never ends' });
    };
    let timer = setTimeout(onSilent, SEED_MS);
    worker.on('message', (news) => {
      // Only this project's worker sends messages on this channel.
      const { seed: current, text } = news as SeedNews;
      clearTimeout(timer);
      timer = setTimeout(onSilent, SEED_MS);
      seed = current;
      if (text !== undefined) found({ seed, text });
    });
    // All messages have come by then; the exit may be told before them.
    worker.once('disconnect', () => {
      clearTimeout(timer);
      setImmediate(() => found(undefined));
    });
    worker.once('exit', (code) => {
      if (code !== 0) failed(new Error(`the worker ends with ${String(code)} at seed ${seed}`));
    });
  });
}

function findSmall(root: string): Found | undefined {
  const script = [
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--bail',
    '--timeout',
    '120000',
  ];
  const options = [...script, '--reporter', 'json', 'dist/spec/worlds/small-*.spec.js'];
  const { status, stdout } = spawnSync(process.execPath, options, { cwd: root, encoding: 'utf8' });
  if (status === 0) return undefined;
  const title = /"fullTitle": "([^"]+)"/.exec(stdout.slice(stdout.indexOf('"failures": [')))?.[1];
  return { seed: undefined, text: title ?? 'a small world fails' };
}
