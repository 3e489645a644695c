import { fork, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SeedNews } from './find-seed.ts';
import { SMALL_STACK } from '../../sim/search/small-stack.ts';
import type { Found, Trial } from './results.ts';
import { build, type WorldMutant } from './world-mutant.ts';

/** A seed that takes longer never ends: others take some milliseconds. */
const SEED_MS = 120_000;

/** Seeds after which a trial that goes on is kept. */
const KEPT_EVERY = 200;

/** How far a trial goes. */
export interface TrialGoal {
  /** Seeds from 0 on. */
  readonly seeds: number;
  /** Whether the small worlds are asked if no seed has noticed the mutant. */
  readonly isSmallWanted: boolean;
}

/**
 * Builds the mutant in a copy, and goes on with its trial up to the first seed that notices it.
 *
 * @param onProgress - keeps a trial, so that a stopped run can go on.
 */
export async function tryMutant(
  mutant: WorldMutant,
  before: Trial,
  { seeds, isSmallWanted }: TrialGoal,
  onProgress: (trial: Trial) => void,
): Promise<Trial> {
  const root = mkdtempSync(join(tmpdir(), 'sluice-world-mutant-'));
  try {
    for (const part of ['lib', 'scripts', 'spec/worlds']) {
      cpSync(join('dist', part), join(root, 'dist', part), { recursive: true });
    }
    cpSync('package.json', join(root, 'package.json'));
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    const { path, text } = build(mutant);
    writeFileSync(join(root, path), text);
    const tried = Math.max(seeds, before.tried);
    const onTried = (count: number): void => onProgress({ ...before, tried: count });
    const found =
      before.tried < seeds ? await findSeed(root, before.tried, seeds, onTried) : undefined;
    if (found?.seed !== undefined) return { tried: found.seed, found };
    if (!isSmallWanted || before.isSmallTried === true) return { ...before, tried };
    return { tried, isSmallTried: true, found: await findSmall(root) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function findSeed(
  root: string,
  first: number,
  seeds: number,
  onTried: (count: number) => void,
): Promise<Found | undefined> {
  const script = join(root, 'dist/scripts/mutants/worlds/find-seed.js');
  const worker = fork(script, [String(seeds - 1), String(first)], {
    cwd: root,
    silent: true,
    execArgv: [...SMALL_STACK],
  });
  return new Promise((found, failed) => {
    let seed = first;
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
      else if (seed > first && seed % KEPT_EVERY === 0) onTried(seed);
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

async function findSmall(root: string): Promise<Found | undefined> {
  const script = [
    'node_modules/mocha/bin/mocha.js',
    '--no-config',
    '--bail',
    '--timeout',
    '120000',
  ];
  const options = [...script, '--reporter', 'json', 'dist/spec/worlds/small-*.spec.js'];
  const mocha = spawn(process.execPath, options, { cwd: root });
  let text = '';
  mocha.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const status = await new Promise((ended) => mocha.once('close', ended));
  if (status === 0) return undefined;
  const title = /"fullTitle": "([^"]+)"/.exec(text.slice(text.indexOf('"failures": [')))?.[1];
  return { seed: undefined, text: title ?? 'a small world fails' };
}
