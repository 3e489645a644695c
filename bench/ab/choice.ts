import type { Workload } from '../support/workload.ts';
import type { FigureName } from './comparison.ts';

/** A workload, and those of its figures that are compared. */
export interface Chosen {
  readonly workload: Workload;
  readonly figures: readonly FigureName[];
}

/**
 * The workloads that have a figure with one of these texts in its name; all if there are no texts.
 *
 * @throws Error with all names if no figure has a text in its name.
 */
export function chooseFigures(workloads: readonly Workload[], texts: readonly string[]): Chosen[] {
  const all = workloads.map((workload) => ({ workload, figures: figuresOf(workload) }));
  const names = all.flatMap(({ figures }) => figures.map(nameOf));
  const unknown = texts.find((text) => !names.some((name) => name.includes(text)));
  if (unknown !== undefined) {
    throw new Error(`no figure has ${unknown} in its name; there are:\n${names.join('\n')}`);
  }
  if (texts.length === 0) return all;
  return all
    .map(({ workload, figures }) => ({
      workload,
      figures: figures.filter((one) => texts.some((text) => nameOf(one).includes(text))),
    }))
    .filter(({ figures }) => figures.length > 0);
}

/** Those figures that the old side has too, in the same unit; and the names of the others. */
export function matchFigures(
  chosen: readonly Chosen[],
  old: readonly Workload[],
): { readonly common: Chosen[]; readonly missing: string[] } {
  const units = new Map(old.flatMap(figuresOf).map((one) => [nameOf(one), one.unit]));
  const isCommon = (one: FigureName): boolean => units.get(nameOf(one)) === one.unit;
  const common = chosen
    .map(({ workload, figures }) => ({ workload, figures: figures.filter(isCommon) }))
    .filter(({ figures }) => figures.length > 0);
  const missing = chosen
    .flatMap(({ figures }) => figures)
    .filter((one) => !isCommon(one))
    .map(nameOf);
  return { common, missing };
}

function figuresOf({ name, units }: Workload): FigureName[] {
  return Object.entries(units).map(([suffix, unit]) => ({ workload: name, suffix, unit }));
}

function nameOf({ workload, suffix }: FigureName): string {
  return workload + suffix;
}
