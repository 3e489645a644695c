import type { FeatureRow } from './feature-table.ts';

/** How a row is settled: by specs, by another way in words, or not yet. */
export type FeatureState = 'proved' | 'otherwise' | 'later';

/** A row as it was promised. */
export interface RegisteredRow {
  readonly id: string;
  readonly state: FeatureState;
  readonly feature: string;
}

/** A row in this state keeps what was promised in that one. */
const KEEPS: Readonly<Record<FeatureState, readonly FeatureState[]>> = {
  proved: ['proved'],
  otherwise: ['otherwise', 'proved'],
  later: ['later', 'otherwise', 'proved'],
};

const LINE = /^(.+?) \| (proved|otherwise|later) \| (.+)$/;

/** Reads the register, of which each line is an id, a state and the words of a row. */
export function parseRegister(text: string): RegisteredRow[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, id, state, feature] = LINE.exec(line) ?? [];
      if (id === undefined || feature === undefined) throw new Error(`no row: ${line}`);
      return { id, state: state as FeatureState, feature };
    });
}

/** The register with the new rows of the table, and with what is settled by now. */
export function formatRegister(
  rows: readonly FeatureRow[],
  register: readonly RegisteredRow[],
): string {
  const known = new Map(register.map((row) => [row.id, row]));
  const added = rows.filter(({ id }) => !known.has(id));
  const states = new Map(rows.map((row) => [row.id, stateOf(row)]));
  const kept = register.map((row) => {
    const state = states.get(row.id);
    return state !== undefined && KEEPS[row.state].includes(state) ? { ...row, state } : row;
  });
  const all = [...kept, ...added.map((row) => ({ ...row, state: stateOf(row) }))];
  return all.map(({ id, state, feature }) => `${id} | ${state} | ${feature}\n`).join('');
}

/** Rows that were deleted, reworded or put off, that come twice, or that nobody has registered. */
export function registerProblems(
  rows: readonly FeatureRow[],
  register: readonly RegisteredRow[],
): string[] {
  const known = new Set(register.map(({ id }) => id));
  const ids = rows.map(({ id }) => id);
  return [
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `two rows have the id ${id}`),
    ...ids.filter((id) => !known.has(id)).map((id) => `${id} is not in the register`),
    ...register.flatMap((row) => problemOf(row, rows)),
  ];
}

/** How a row of the table is settled. */
export function stateOf({ provedBy }: FeatureRow): FeatureState {
  if (provedBy.startsWith('later:')) return 'later';
  return provedBy.startsWith('answered otherwise:') ? 'otherwise' : 'proved';
}

function problemOf({ id, state, feature }: RegisteredRow, rows: readonly FeatureRow[]): string[] {
  const row = rows.find((each) => each.id === id);
  if (row === undefined) return [`row ${id} is missing`];
  const problems: string[] = [];
  if (row.feature !== feature) problems.push(`row ${id} promised something else: ${feature}`);
  const now = stateOf(row);
  if (!KEEPS[state].includes(now)) problems.push(`row ${id} was ${state} and is ${now} now`);
  return problems;
}
