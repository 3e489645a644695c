import { median, type Remarks } from './figure.ts';
import type { Figures } from './workload.ts';

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
  const cpu = {
    server: median(valuesOf('.cpu.server')),
    client: median(valuesOf('.cpu.client')),
  };
  return { cpu, strayed, isUnsettled: valuesOf(UNSETTLED).includes(1) };
}
