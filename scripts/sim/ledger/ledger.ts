import { readFileSync } from 'node:fs';

/** Runs that stand behind the figures of `FEATURES.md`. Runs add up. */
export const LEDGER_FILE = 'docs/reliability.json';

/** A run of seeds. */
export interface LedgerRun {
  readonly command: string;
  /** Of the code that was run. */
  readonly commit: string;
  /** Of the meaning of that code: see `codeDigest`. */
  readonly code: string;
  readonly firstSeed: number;
  readonly lastSeed: number;
  /** Things that have happened in the worlds. */
  readonly steps: number;
  readonly minutes: number;
  /** Worlds in which a promise was broken. */
  readonly findings: number;
}

/** A promised figure, and the runs so far. */
export interface LedgerFigure {
  /** The row of `FEATURES.md`. */
  readonly row: string;
  readonly unit: string;
  readonly target: number;
  /** In the order of time. */
  readonly runs: readonly LedgerRun[];
}

export interface Ledger {
  readonly figures: readonly LedgerFigure[];
}

export function readLedger(): Ledger {
  return JSON.parse(readFileSync(LEDGER_FILE, 'utf8')) as Ledger;
}

/**
 * How many worlds have run without a finding. A total stands for the code of the last run only: runs
 * of code with another meaning are void. A seed that has run twice counts once.
 */
export function totalOf({ runs }: LedgerFigure): number {
  const code = runs.at(-1)?.code;
  const valid = runs.filter((run) => run.code === code);
  const ranges = valid.toSorted((one, other) => one.firstSeed - other.firstSeed);
  let total = 0;
  let nextSeed = 0;
  for (const { firstSeed, lastSeed, findings } of ranges) {
    const first = Math.max(firstSeed, nextSeed);
    if (lastSeed < first) continue;
    total += Math.max(0, lastSeed - first + 1 - findings);
    nextSeed = lastSeed + 1;
  }
  return total;
}

/** The words that the figure's row has to have. */
export function wordsOfFigure(figure: LedgerFigure): string {
  const { unit, target } = figure;
  const total = totalOf(figure);
  const [done, all] = [total, target].map((count) => count.toLocaleString('en-US'));
  const state = total < target ? 'later: so far' : 'answered otherwise:';
  const commit = figure.runs.at(-1)?.commit ?? 'no commit';
  return `${state} ${done} of ${all} ${unit} of the code of ${commit}, as \`${LEDGER_FILE}\` tells`;
}

/** The ledger with one more run. */
export function withRun(ledger: Ledger, row: string, run: LedgerRun): Ledger {
  return {
    figures: ledger.figures.map((figure) =>
      figure.row === row ? { ...figure, runs: [...figure.runs, run] } : figure,
    ),
  };
}
