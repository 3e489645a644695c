import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import Mocha from 'mocha';
import { formatTotals, TEST_RESULTS_FILE, type TestResult } from './test-results.ts';

/** Mocha's spec reporter, which also writes the results to a file and ends with their totals. */
export default class ResultsReporter extends Mocha.reporters.Spec {
  readonly #tests: TestResult[] = [];

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    rmSync(TEST_RESULTS_FILE, { force: true });
    runner.on('pass', (test) => this.#add(test, 'passed'));
    runner.on('fail', (test) => this.#add(test, 'failed'));
    runner.on('pending', (test) => this.#add(test, 'skipped'));
  }

  override epilogue(): void {
    super.epilogue();
    const results = { tests: this.#tests };
    mkdirSync(dirname(TEST_RESULTS_FILE), { recursive: true });
    writeFileSync(TEST_RESULTS_FILE, JSON.stringify(results, null, 1));
    console.log(formatTotals(results));
  }

  #add(test: Mocha.Runnable, state: TestResult['state']): void {
    this.#tests.push({ path: test.titlePath(), state, file: sourceFile(test) });
  }
}

/** A hook that failed has no file of its own. */
function sourceFile(test: Mocha.Runnable): string {
  const compiled = test.file ?? test.parent?.file;
  return compiled === undefined ? '' : relative('dist', compiled).replace(/\.js$/, '.ts');
}
