/**
 * Holds `FEATURES.md` against the register of its rows and the last run of the specs: every row is
 * there as it was promised, and every proof that it names ran and passed.
 *
 *     node dist/scripts/check-features.js [--write]
 *
 * `--write` fills in the proofs that it finds, and registers new rows.
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
import { formatRegister, parseRegister, registerProblems } from './ci/feature-register.ts';
import { readLedger, wordsOfFigure } from './sim/ledger/ledger.ts';
import { reportProblems } from './ci/problems.ts';
import { readTestResults, TEST_RESULTS_FILE, type TestResult } from './ci/test-results.ts';

const TABLE_FILE = 'FEATURES.md';

/**
 * The ids and words of all rows, and how they are settled. A row can't be deleted, reworded or put
 * off without a change here.
 */
const REGISTER_FILE = 'scripts/ci/feature-register.txt';

/** Titles that open so are meant to prove a row. */
const LOOKS_LIKE_ID =
  /^(?:S-[WCS]\d+|[FKLNX]\d+|E1-[\w-]+|B2-\d+|test_(?:rpc|stream|lz4)\w*)(?![\w-])/;

/** Why a test does not run here. */
const EXCUSE = /\(skipped: .+\)/;

const lines = readFileSync(TABLE_FILE, 'utf8').split('\n');
const rows = lines.flatMap((line) => parseRow(line) ?? []);
const ids = new Set(rows.map(({ id }) => id));

const register = parseRegister(readFileSync(REGISTER_FILE, 'utf8'));

if (!existsSync(TEST_RESULTS_FILE)) {
  const problems = registerProblems(rows, register);
  const noResults = 'there are no results of the specs; run `npm test` first';
  reportProblems('features', [...problems, noResults], '');
} else {
  const { tests } = readTestResults();
  if (process.argv.includes('--write')) writeProofs(tests);
  else check(tests);
}

function check(tests: readonly TestResult[]): void {
  const problems = [
    ...staleness(),
    ...registerProblems(rows, register),
    ...rows.flatMap((row) => rowProblems(row, tests)),
    ...figureProblems(),
    ...unknownIds(tests),
    ...unexplained(tests),
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

/** A row with a promised figure says how far the runs of the ledger have come. */
function figureProblems(): string[] {
  return readLedger().figures.flatMap((figure) => {
    const words = wordsOfFigure(figure);
    const row = rows.find(({ id }) => id === figure.row);
    return row?.provedBy.startsWith(words) === true
      ? []
      : [`${figure.row} does not say "${words}"`];
  });
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

/** Tests that were skipped and don't say why, whether a row needs them or not. */
function unexplained(tests: readonly TestResult[]): string[] {
  return tests
    .filter((test) => test.state === 'skipped' && isUnexcused(test))
    .map(({ file, path }) => `${file}: \`${path.join(' ')}\` is skipped and does not say why`);
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
  writeFileSync(REGISTER_FILE, formatRegister(rows, register));
}

function findProofs({ id }: FeatureRow, passed: readonly TestResult[]): Proof[] {
  const files = passed.filter((test) => idsOf(test, ids).includes(id)).map(({ file }) => file);
  return [...new Set(files)].toSorted().map((file) => ({ file, title: id }));
}
