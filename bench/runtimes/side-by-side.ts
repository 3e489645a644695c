import type { Figure } from '../support/figure.ts';

/** What the benchmarks gave on one version of Node. */
export interface RuntimeRun {
  readonly major: string;
  readonly figures: readonly Figure[];
}

/** A figure of sluice on each version: its value, and the ratio to the floor of the same run; undefined where it was not measured. */
export interface RuntimeRow {
  readonly name: string;
  readonly unit: string;
  readonly cells: readonly (Pick<Figure, 'value' | 'ratio'> | undefined)[];
}

/** The figures of all runs, in the order in which they come first. */
export function sideBySide(runs: readonly RuntimeRun[]): RuntimeRow[] {
  const all = runs.map(({ figures }) => figures.filter(({ subject }) => subject === 'sluice'));
  const units = new Map(all.flat().map(({ name, unit }) => [name, unit]));
  return Array.from(units, ([name, unit]) => ({
    name,
    unit,
    cells: all.map((figures) => figures.find((figure) => figure.name === name)),
  }));
}
