import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mochaOptions } from '../ci/mocha-options.ts';
import { copyProject } from './copy-project.ts';
import type { PlacedMutant } from './mutant.ts';

/**
 * A mutant that makes a spec hang is noticed by this. On a busy machine a spec may take many times
 * as long as usual: a run has so many times as long as it took with nothing broken, and at least
 * this long.
 */
const PATIENCE = 10;
const MIN_TIMEOUT_MS = 120_000;

/** How the specs of a row fared. */
export interface SpecRun {
  /** Tests that ran, whether they passed or not. */
  readonly testCount: number;
  readonly hasFailed: boolean;
  readonly tookMs: number;
  /** The end of what was printed. */
  readonly output: string;
}

/** A copy of the project in a temporary folder, where lines can be broken and specs run. */
export class Laboratory {
  readonly #root: string;

  constructor() {
    this.#root = copyProject();
  }

  /** Compiles what changed. @throws with the compiler's words if it does not compile. */
  compile(): void {
    // A broken line may be the only one that used a name.
    const options = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false'];
    const { status, stdout } = this.#run('node_modules/.bin/tsc', ['-p', '.', ...options]);
    if (status !== 0) throw new Error(stdout.trim());
  }

  /**
   * Runs the tests of a spec that carry the row's id.
   *
   * @param usualMs - how long they took with nothing broken; undefined for no limit.
   */
  runSpec({ spec, row }: PlacedMutant, usualMs?: number): SpecRun {
    const resultsFile = join(this.#root, 'dist/test-results.json');
    rmSync(resultsFile, { force: true });
    const startedAt = performance.now();
    const timeoutMs = usualMs && Math.ceil(Math.max(MIN_TIMEOUT_MS, PATIENCE * usualMs));
    // With nothing broken a run has no limit: how slow the machine is proves nothing.
    const testTimeoutMs = timeoutMs === undefined ? 0 : timeoutMs / 2;
    const options = [
      'node_modules/mocha/bin/mocha.js',
      ...mochaOptions(),
      '--timeout',
      String(testTimeoutMs),
      '--reporter',
      'dist/scripts/ci/results-reporter.js',
      '--grep',
      `(?:^|\\s)${row.replaceAll(/[^\w ]/g, '\\$&')}(?![\\w-])`,
      join('dist', spec.replace(/\.ts$/, '.js')),
    ];
    const { status, stdout, stderr } = this.#run(process.execPath, options, timeoutMs);
    const tookMs = performance.now() - startedAt;
    const results = existsSync(resultsFile) ? readFileSync(resultsFile, 'utf8') : '{"tests":[]}';
    const { tests } = JSON.parse(results) as { tests: unknown[] };
    const output = `${stdout}${stderr}`.trim().split('\n').slice(-15).join('\n');
    return { testCount: tests.length, hasFailed: status !== 0, tookMs, output };
  }

  /** Breaks the copy, and mends it when `work` is done. */
  withMutant<T>({ file, place, replace }: PlacedMutant, work: () => T): T {
    const path = join(this.#root, file);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, place.start) + replace + text.slice(place.end));
    try {
      return work();
    } finally {
      writeFileSync(path, text);
    }
  }

  /** Removes the copy. */
  close(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  #run(
    command: string,
    options: string[],
    timeoutMs?: number,
  ): { status: number | null; stdout: string; stderr: string } {
    return spawnSync(command, options, {
      cwd: this.#root,
      encoding: 'utf8',
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
  }
}
