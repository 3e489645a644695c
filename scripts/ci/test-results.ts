import { readFileSync } from 'node:fs';

/** Where a run of the specs leaves its results, for the checks that follow. */
export const TEST_RESULTS_FILE = 'dist/test-results.json';

/** One test of the last run. */
export interface TestResult {
  /** The titles of its suites, outermost first, and its own. */
  readonly path: readonly string[];
  readonly state: 'passed' | 'failed' | 'skipped';
  /** The source of the spec, for example `spec/wire/stream-frame.spec.ts`. */
  readonly file: string;
}

/** What a run leaves behind. A hook that fails counts as a failed test. */
export interface TestResults {
  readonly tests: readonly TestResult[];
}

/** Reads the last run's results. @throws if there are none. */
export function readTestResults(): TestResults {
  // Written by the reporter beside this file, and by nobody else.
  return JSON.parse(readFileSync(TEST_RESULTS_FILE, 'utf8')) as TestResults;
}

/** The run in one line: `N passed, N failed`, and `, N skipped` where there are some. */
export function formatTotals({ tests }: TestResults): string {
  const count = (state: TestResult['state']): number =>
    tests.filter((test) => test.state === state).length;
  const skipped = count('skipped');
  const totals = `${count('passed')} passed, ${count('failed')} failed`;
  return skipped === 0 ? totals : `${totals}, ${skipped} skipped`;
}
