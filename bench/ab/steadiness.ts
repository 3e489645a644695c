import { median } from '../support/figure.ts';

/** By what share the fixed CPU task may take longer than it mostly did. */
const STRAY = 0.15;

/**
 * The rounds in which the machine was as fast as in most: those whose fixed CPU task did not take much
 * longer than that of the others. They are at least half of all.
 */
export function steadyOf<T extends { readonly cpuTaskMs: number }>(rounds: readonly T[]): T[] {
  const usual = median(rounds.map(({ cpuTaskMs }) => cpuTaskMs));
  return rounds.filter(({ cpuTaskMs }) => cpuTaskMs <= usual * (1 + STRAY));
}
