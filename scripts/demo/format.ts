import { performance } from 'node:perf_hooks';
import type { Amount, Progress } from './progress.ts';
import type { Summary } from './run.ts';
import type { WaitTotals } from './waits.ts';

/** Where a run stands at one moment. */
export interface Snapshot {
  readonly timeMs: number;
  readonly done: Amount;
  readonly sender: WaitTotals;
  readonly replica: WaitTotals;
  readonly cuts: number;
  readonly resent: number;
  readonly isCatchingUp: boolean;
}

/** Where the run stands now. */
export function takeSnapshot(progress: Progress): Snapshot {
  const { done, sender, replica, cuts, resent, isCatchingUp } = progress;
  const timeMs = performance.now();
  return { timeMs, done, sender: sender.totals, replica, cuts, resent, isCatchingUp };
}

/** Lines that say what is done, how fast it went between two moments, and who waited for what meanwhile. */
export function formatProgress({ phase, total }: Progress, from: Snapshot, to: Snapshot): string[] {
  const ms = Math.max(1, to.timeMs - from.timeMs);
  const bytesPerSecond = ((to.done.bytes - from.done.bytes) / ms) * 1_000;
  const itemsPerSecond = ((to.done.items - from.done.items) / ms) * 1_000;
  const ofTotal = total === undefined ? '' : ` of ${megabytes(total.bytes)}`;
  const speed = `${megabytes(bytesPerSecond)}/s, ${itemsPerSecond.toFixed(0)} items/s`;
  const line = `${megabytes(to.done.bytes)}${ofTotal}, ${speed}`;
  if (phase !== 'replicating') return [line];
  const sender = formatWaits(from.sender, to.sender, ms);
  const replica = formatWaits(from.replica, to.replica, ms);
  return [line, formatCuts(to), `waiting: sender for ${sender}; replica for ${replica}`];
}

/** The run's last line. */
export function formatSummary(summary: Summary): string {
  const { items, bytes, seconds, verified, cuts, resent, lost, twice } = summary;
  const outcome = verified ? 'verified' : 'NOT VERIFIED, the stores differ';
  const rate = `${(bytes / 1e6 / seconds).toFixed(1)} MB/s`;
  const arrival = `${cuts} cuts, ${resent} resent, ${lost} lost, ${twice} twice`;
  return `${outcome}: ${items} items, ${bytes} bytes, ${seconds.toFixed(2)} s, ${rate}, ${arrival}`;
}

function formatCuts({ cuts, resent, isCatchingUp }: Snapshot): string {
  const state = isCatchingUp ? ', catching up' : '';
  return `connections cut: ${cuts}, items sent again: ${resent}${state}`;
}

function formatWaits(from: WaitTotals, to: WaitTotals, ms: number): string {
  const percent = (waitedMs: number): string =>
    `${Math.min(100, (waitedMs / ms) * 100).toFixed(0)} %`;
  const networkMs = to.networkMs - from.networkMs;
  const diskMs = to.diskMs - from.diskMs;
  return `network ${percent(networkMs)}, disk ${percent(diskMs)}`;
}

function megabytes(count: number): string {
  return `${(count / 1e6).toFixed(1)} MB`;
}
