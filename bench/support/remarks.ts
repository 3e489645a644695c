import { median, type Remarks } from './figure.ts';
import type { Figures } from './workload.ts';

/** Names among the figures of a round. They are printed beside the workload's own. */
const STRAYED = '.strayed';
const UNSETTLED = '.unsettled';
const MEGABYTES = '.megabytes';

/** What is to be remarked of a round, among its figures. */
export function remarkFigures(isSteady: boolean, isSettled: boolean): Figures {
  return { [STRAYED]: isSteady ? 0 : 1, [UNSETTLED]: isSettled ? 0 : 1 };
}

/** The size of what is counted, among the figures of a round. */
export function sizeFigures(bytes: number): Figures {
  return { [MEGABYTES]: bytes / 1e6 };
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
  const isUnsettled = valuesOf(UNSETTLED).includes(1);
  const megabytes = rounds[0]?.[MEGABYTES];
  return { cpu, strayed, isUnsettled, ...(megabytes !== undefined && { megabytes }) };
}

/**
 * The CPU time of server and client, and the megabytes that a second of it carries where bytes are
 * counted; empty where it was not measured.
 */
export function cpuText(remarks: Remarks | undefined, format: (value: number) => string): string {
  if (remarks === undefined) return '';
  const { cpu, megabytes } = remarks;
  const text = `${format(cpu.server)} + ${format(cpu.client)}`;
  if (megabytes === undefined) return text;
  const perSecond = (us: number): string => format((megabytes / us) * 1e6);
  return `${text} (${perSecond(cpu.server)} + ${perSecond(cpu.client)})`;
}
