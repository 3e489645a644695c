import type { FigureName, PairedRound } from '../../../../bench/ab/comparison.ts';
import type { Figures, Workload } from '../../../../bench/support/workload.ts';

/** A made-up round on a machine that is as fast as ever. */
export function pairedRound(before: Figures, after: Figures, cpuTaskMs: number = 2): PairedRound {
  return { figures: { old: before, new: after }, cpuTaskMs };
}

/** So many rounds alike. */
export function rounds(count: number, before: Figures, after: Figures): PairedRound[] {
  return Array.from({ length: count }, () => pairedRound(before, after));
}

/** A figure of a made-up workload. */
export function figureName(suffix: string, unit: string): FigureName {
  return { workload: 'small', suffix, unit };
}

/** A made-up workload that nobody runs. */
export function workload(name: string, units: Workload['units']): Workload {
  const refuse = (): never => {
    throw new Error('it is not to be run');
  };
  return { name, measure: 'rate', units, subjects: { floor: refuse, sluice: refuse } };
}
