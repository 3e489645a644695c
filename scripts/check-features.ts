/**
 * Holds `FEATURES.md` against the last run of the specs: every row is there, and every proof that a
 * row names ran and passed.
 *
 *     node dist/scripts/check-features.js [--write]      --write fills in the proofs that it finds
 */

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FeatureRow,
  formatProofs,
  formatRow,
  hasTitle,
  idsOf,
  isSettled,
  parseRow,
  type Proof,
  proofsOf,
  wordsOf,
} from './ci/feature-table.ts';
import { reportProblems } from './ci/problems.ts';
import { readTestResults, TEST_RESULTS_FILE, type TestResult } from './ci/test-results.ts';

const TABLE_FILE = 'FEATURES.md';

/** How many rows each numbered series has, so that none gets lost. */
const SERIES: Readonly<Record<string, number>> = {
  'S-W': 17,
  'S-C': 11,
  'S-S': 13,
  K: 12,
  L: 17,
  X: 13,
  N: 7,
  'B2-': 37,
  F: 35,
};

/** Seastar's own test cases. */
const CASE_NAME = /^test_/;
const CASE_COUNT = 38;

/** Titles that open so are meant to prove a row. */
const LOOKS_LIKE_ID =
  /^(?:S-[WCS]\d+|[FKLNX]\d+|E1-[\w-]+|B2-\d+|test_(?:rpc|stream|lz4)\w*)(?![\w-])/;

/** Why a test does not run here. */
const EXCUSE = /\(skipped: .+\)/;

const lines = readFileSync(TABLE_FILE, 'utf8').split('\n');
const rows = lines.flatMap((line) => parseRow(line) ?? []);
const ids = new Set(rows.map(({ id }) => id));

if (!existsSync(TEST_RESULTS_FILE)) {
  reportProblems('features', ['there are no results of the specs; run `npm test` first'], '');
} else {
  const { tests } = readTestResults();
  if (process.argv.includes('--write')) writeProofs(tests);
  else check(tests);
}

function check(tests: readonly TestResult[]): void {
  const problems = [
    ...staleness(),
    ...missingRows(),
    ...rows.flatMap((row) => rowProblems(row, tests)),
    ...unknownIds(tests),
  ];
  const proved = rows.filter((row) => proofsOf(row).length > 0).length;
  reportProblems('features', problems, `${proved} of ${rows.length} rows are proved by specs`);
}

/** Results of an earlier build prove nothing. */
function staleness(): string[] {
  const ranAt = statSync(TEST_RESULTS_FILE).mtimeMs;
  const isNewer = ['dist/lib', 'dist/spec'].some((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(
      (name) => name.endsWith('.js') && statSync(join(folder, name)).mtimeMs > ranAt,
    ),
  );
  return isNewer ? ['the results are older than the build; run `npm test` again'] : [];
}

function missingRows(): string[] {
  const problems: string[] = [];
  for (const [prefix, count] of Object.entries(SERIES)) {
    for (let number = 1; number <= count; number++) {
      if (!ids.has(`${prefix}${number}`)) problems.push(`row ${prefix}${number} is missing`);
    }
  }
  const cases = rows.filter(({ id }) => CASE_NAME.test(id)).length;
  if (cases !== CASE_COUNT) problems.push(`${cases} of Seastar's ${CASE_COUNT} cases have a row`);
  if (ids.size !== rows.length) problems.push('two rows have the same id');
  return problems;
}

function rowProblems(row: FeatureRow, tests: readonly TestResult[]): string[] {
  const proofs = proofsOf(row);
  if (proofs.length === 0) return isSettled(row) ? [] : [`${row.id} is proved by nothing`];
  return proofs.flatMap(({ file, title }) => {
    const meant = tests.filter((test) => test.file === file && proves(test, title));
    const proof = `${row.id}: \`${file} › ${title}\``;
    if (meant.length === 0) return [`${proof} did not run`];
    if (!meant.some(({ state }) => state === 'passed')) return [`${proof} did not pass`];
    return meant.some(isUnexcused) ? [`${proof} has tests that failed or were skipped`] : [];
  });
}

/** A test that this machine can't run says so in its title, or that of its suite. */
function isUnexcused({ state, path }: TestResult): boolean {
  return state === 'failed' || (state === 'skipped' && !path.some((title) => EXCUSE.test(title)));
}

function proves(test: TestResult, title: string): boolean {
  return ids.has(title) ? idsOf(test, ids).includes(title) : hasTitle(test, title);
}

/** A title with the id of no row is a slip of the pen, or a row that got lost. */
function unknownIds(tests: readonly TestResult[]): string[] {
  const titles = new Set(
    tests.flatMap(({ path, file }) => path.map((title) => `${file}: ${title}`)),
  );
  return [...titles].flatMap((where) => {
    const id = LOOKS_LIKE_ID.exec(where.slice(where.indexOf(': ') + 2))?.[0];
    return id === undefined || ids.has(id) ? [] : [`${where} names no row`];
  });
}

/** Names the specs whose passing tests carry a row's id. Other titles, and words, stay as they are. */
function writeProofs(tests: readonly TestResult[]): void {
  const passed = tests.filter(({ state }) => state === 'passed');
  const written = lines.map((line) => {
    const row = parseRow(line);
    if (row === undefined) return line;
    const found = findProofs(row, passed);
    if (row.provedBy.startsWith('later:')) {
      if (found.length > 0) console.log(`features: ${row.id} has specs: ${formatProofs(found)}`);
      return line;
    }
    const own = proofsOf(row).filter(({ title }) => title !== row.id);
    const cell = [wordsOf(row), formatProofs([...found, ...own])].filter((part) => part !== '');
    return formatRow({ ...row, provedBy: cell.join('<br>') });
  });
  writeFileSync(TABLE_FILE, written.join('\n'));
}

function findProofs({ id }: FeatureRow, passed: readonly TestResult[]): Proof[] {
  const files = passed.filter((test) => idsOf(test, ids).includes(id)).map(({ file }) => file);
  return [...new Set(files)].toSorted().map((file) => ({ file, title: id }));
}
