import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { formatRow, parseRow } from '../../ci/feature-table.ts';
import type { SearchResult } from '../search/search.ts';
import { codeDigest } from './code-digest.ts';
import { LEDGER_FILE, type LedgerFigure, readLedger, withRun, wordsOfFigure } from './ledger.ts';

const ROW = 'D2-simulation';
const TABLE_FILE = 'FEATURES.md';

/** @throws Error if code was changed and not committed: the commit would not say what has run. */
export function checkCommitted(): void {
  if (git('status', '--porcelain', '--', 'lib', 'scripts/sim') === '') return;
  throw new Error('commit lib and scripts/sim first: the ledger names the commit that has run');
}

/** Adds a run to the ledger, and brings the row of its figure up to date. */
export function addRun(
  { findings, minutes }: SearchResult,
  { seed, count }: { readonly seed: number; readonly count: number },
): void {
  const ledger = withRun(readLedger(), ROW, {
    command: `npm run sim -- --seeds ${count} --seed ${seed}`,
    commit: git('rev-parse', '--short=12', 'HEAD'),
    code: codeDigest(),
    firstSeed: seed,
    lastSeed: seed + count - 1,
    steps: findings.steps,
    minutes: Math.round(minutes * 10) / 10,
    findings: findings.failures,
  });
  writeFileSync(LEDGER_FILE, `${JSON.stringify(ledger, undefined, 2)}\n`);
  for (const figure of ledger.figures) writeRow(figure);
}

function writeRow(figure: LedgerFigure): void {
  const lines = readFileSync(TABLE_FILE, 'utf8').split('\n');
  const written = lines.map((line) => {
    const row = parseRow(line);
    if (row?.id !== figure.row) return line;
    const proofs = row.provedBy.split('<br>').filter((part) => part.startsWith('`spec/'));
    return formatRow({ ...row, provedBy: [wordsOfFigure(figure), ...proofs].join('<br>') });
  });
  writeFileSync(TABLE_FILE, written.join('\n'));
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}
