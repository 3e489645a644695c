import type { CollectionsOfBoth } from './collections.ts';
import type { CpuTimes } from './cpu-time.ts';
import type { SubjectName } from './workload.ts';

/** A measured quantity of one subject, beside the floor's. The JSON report is an array of these. */
export interface Figure {
  readonly name: string;
  readonly subject: SubjectName;
  /** The median of the rounds. */
  readonly value: number;
  readonly unit: string;
  /** The distance between the best and the worst round, as a share of the median. */
  readonly spread: number;
  readonly rounds: number;
  /** The floor's value in the same run. */
  readonly floor: number;
  /** The value divided by the floor's. */
  readonly ratio: number;
  /** Of the mean round; undefined where they were not counted. */
  readonly collections?: CollectionsOfBoth | undefined;
  /** Undefined where the rounds were not watched. */
  readonly remarks?: Remarks | undefined;
}

/** What the rounds of a figure took, and how far it is to be trusted. */
export interface Remarks {
  /** Microseconds of CPU for each call, message or whatever was counted: the median of the rounds. */
  readonly cpu: CpuTimes;
  /** The size of what was counted; undefined where the figure is no rate of bytes. */
  readonly megabytes?: number;
  /** Rounds beside which the machine was faster or slower than mostly, also when they were done again. */
  readonly strayed: number;
  /** Whether the rate still rose when the warm-up was given up. */
  readonly isUnsettled: boolean;
}

/** The rounds of all subjects as their figures. @param rounds - one value for each round. */
export function toFigures(
  name: string,
  unit: string,
  rounds: ReadonlyMap<SubjectName, readonly number[]>,
): Figure[] {
  const floor = median(rounds.get('floor') ?? []);
  return Array.from(rounds, ([subject, values]) => {
    const value = median(values);
    if (!Number.isFinite(value)) throw new Error(`${name} has no value for ${subject}`);
    const spread = (Math.max(...values) - Math.min(...values)) / value;
    const ratio = value / floor;
    return { name, subject, value, unit, spread, rounds: values.length, floor, ratio };
  });
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which `share` of the values lie, between two of them by their distance. */
export function percentile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at % 1);
}
