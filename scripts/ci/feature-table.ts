import type { TestResult } from './test-results.ts';

/** A line of `FEATURES.md`: `| id | feature | proved by |`. */
export interface FeatureRow {
  readonly id: string;
  readonly feature: string;
  readonly provedBy: string;
}

/** A spec, and how the titles of the tests begin that are meant. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

const ROW = /^\| ([^|]*[^|\s]) \| ([^|]*[^|\s]) \|(?: ([^|]*[^|\s]))? \|$/;
const PROOF = /`(spec\/[^`›]+?)(?: › ([^`]+))?`/g;
const SETTLED = /^(?:answered otherwise|later): \S/;

/** The row that a line holds; undefined for headings, headers and prose. */
export function parseRow(line: string): FeatureRow | undefined {
  const [, id, feature, provedBy = ''] = ROW.exec(line) ?? [];
  if (id === undefined || feature === undefined || id === 'id' || id === '---') return undefined;
  return { id, feature, provedBy };
}

/** The line that holds a row. */
export function formatRow({ id, feature, provedBy }: FeatureRow): string {
  return `| ${id} | ${feature} |${provedBy === '' ? '' : ` ${provedBy}`} |`;
}

/** Whether the row says in words why no spec proves it as it stands. */
export function isSettled(row: FeatureRow): boolean {
  return SETTLED.test(row.provedBy);
}

/** The proofs that a row names. Without a title the row's id is meant. */
export function proofsOf(row: FeatureRow): Proof[] {
  return [...row.provedBy.matchAll(PROOF)].map(([, file = '', title]) => ({
    file,
    title: title ?? row.id,
  }));
}

/** What the row says in words, beside its proofs. */
export function wordsOf(row: FeatureRow): string {
  return row.provedBy
    .replaceAll(PROOF, '')
    .replace(/(?:<br>)+$/, '')
    .trim();
}

/** The cell that names these proofs. */
export function formatProofs(proofs: readonly Proof[]): string {
  return proofs.map(({ file, title }) => `\`${file} › ${title}\``).join('<br>');
}

/**
 * The rows that a test proves: those whose ids open its title or that of a suite around it. Several
 * ids may stand in a row: `F1, F2: …`.
 */
export function idsOf(test: TestResult, ids: ReadonlySet<string>): string[] {
  return test.path.flatMap((title) => leadingIds(title, ids));
}

/** Whether the title of a test, or of a suite around it, begins so. */
export function hasTitle(test: TestResult, beginning: string): boolean {
  return test.path.some((title) => beginsWith(title, beginning));
}

function leadingIds(title: string, ids: ReadonlySet<string>): string[] {
  const id = [...ids].find((candidate) => beginsWith(title, candidate));
  if (id === undefined) return [];
  const rest = title.slice(id.length).replace(/^(?:[\s,+/&]|and\b)+/, '');
  return [id, ...leadingIds(rest, ids)];
}

/** `S-W1` does not open "S-W17 …", nor `E1-bson` "E1-bson-types …". */
function beginsWith(title: string, beginning: string): boolean {
  return title.startsWith(beginning) && !/^[\w-]/.test(title.slice(beginning.length));
}
