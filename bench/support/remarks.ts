import type { CpuTimes } from './cpu-time.ts';
import type { Figures } from './workload.ts';

/** How far a figure is to be trusted, and what it took. Undefined where that was not watched. */
export interface Remarks {
  /** Microseconds of CPU for each call, message or whatever was counted; of the median round. */
  readonly cpu: CpuTimes;
  /** Rounds beside which the machine was faster or slower than mostly, also when they were done again. */
  readonly strayed: number;
  /** Whether the rate still rose when the warm-up was given up. */
  readonly isUnsettled: boolean;
}

/** Names among the figures of a round. They are printed beside the workload's own. */
const STRAYED = '.strayed';
const UNSETTLED = '.unsettled';

/** What is to be remarked of a round, among its figures. */
export function remarkFigures(isSteady: boolean, isSettled: boolean): Figures {
  return { [STRAYED]: isSteady ? 0 : 1, [UNSETTLED]: isSettled ? 0 : 1 };
}

/** The remarks on all rounds; undefined if none were made. */
export function remarksOn(rounds: readonly Figures[]): Remarks | undefined {
  const valuesOf = (name: string): number[] => rounds.map((figures) => figures[name] ?? Number.NaN);
  const strayed = valuesOf(STRAYED).reduce((sum, value) => sum + value, 0);
  if (rounds.length === 0 || Number.isNaN(strayed)) return undefined;
  const middle = (name: string): number => {
    const sorted = valuesOf(name).toSorted((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? Number.NaN;
  };
  const cpu = { server: middle('.cpu.server'), client: middle('.cpu.client') };
  return { cpu, strayed, isUnsettled: valuesOf(UNSETTLED).includes(1) };
}
