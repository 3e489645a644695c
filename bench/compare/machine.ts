import type { Environment } from '../results/environment.ts';

/** By what share the fixed CPU task may take longer, or the other way round, on the same machine. */
export const CPU_TOLERANCE = 0.25;

/** What two runs must have in common to be compared. */
export interface Machine extends Pick<Environment, 'processor' | 'cores' | 'node'> {
  readonly cpuTaskMs: number;
}

/**
 * Why figures of `after` say nothing beside those of `before`; empty if they do.
 *
 * @param tolerance - of the fixed CPU task, as a share.
 */
export function findDifferences(
  before: Machine,
  after: Machine,
  tolerance: number = CPU_TOLERANCE,
): string[] {
  const nodeBefore = majorOf(before.node);
  const nodeAfter = majorOf(after.node);
  const change = after.cpuTaskMs / before.cpuTaskMs - 1;
  const isAsFast =
    after.cpuTaskMs <= before.cpuTaskMs * (1 + tolerance) &&
    before.cpuTaskMs <= after.cpuTaskMs * (1 + tolerance);
  return [
    ...differenceOf('the processor', before.processor, after.processor),
    ...differenceOf('the number of cores', before.cores, after.cores),
    ...differenceOf('the major version of Node', nodeBefore, nodeAfter),
    ...(isAsFast
      ? []
      : [
          `the fixed CPU task took ${before.cpuTaskMs.toFixed(2)} ms and takes ` +
            `${after.cpuTaskMs.toFixed(2)} ms (${percent(change)}, ${tolerance * 100} % is tolerated)`,
        ]),
  ];
}

function differenceOf(what: string, before: string | number, after: string | number): string[] {
  return before === after ? [] : [`${what} was ${before} and is ${after}`];
}

/** `v20.20.2` → 20. */
function majorOf(version: string): number {
  return Number.parseInt(version.replace(/^v/, ''), 10);
}

function percent(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(Math.round(share * 100))} %`;
}
