// How large do the budgets of a stream have to be for it to run at full speed?

import type { Limits } from '../../lib/index.ts';
import { besideBulk } from '../loopback/beside-bulk.ts';
import { bulkThroughput } from '../loopback/bulk-throughput.ts';
import { streamThroughput } from '../loopback/stream-throughput.ts';
import type { LoadSubject, Workload } from '../support/workload.ts';

const KIB = 1_024;
const MIB = 1_048_576;

/** All budgets that are tried, in bytes. */
export const BUDGETS: readonly number[] = Array.from({ length: 9 }, (_, i) => 16 * KIB * 2 ** i);

/** Which budget is swept while the other one has its default. */
export type SweptBudget = 'sink' | 'source' | 'both';

/** In the order of the plot's lines. */
export const SWEPT_BUDGETS: readonly SweptBudget[] = ['sink', 'source', 'both'];

/** A workload whose budgets are swept. */
export interface SweepCase {
  /** Of its panel in the plot. */
  readonly title: string;
  readonly workload: Workload;
  /** What is appended to the workload's name in the figures that are plotted. */
  readonly plotted: string;
  /** The library's part with other limits. */
  readonly load: (limits: Partial<Limits>) => LoadSubject;
}

/** In the order of the plot's panels. */
export const SWEEP_CASES: readonly SweepCase[] = [
  {
    title: '64-byte messages in batches, per second: higher is better',
    workload: pick(streamThroughput, 'stream.down.64B.batch'),
    plotted: '',
    load: (limits) => async () => {
      const { sluiceStreams } = await import('../sluice/streams.ts');
      const { bytesPlan } = await import('../sluice/plans.ts');
      return sluiceStreams('down', 'batch', bytesPlan(64), { limits });
    },
  },
  {
    title: 'Messages of 64 KiB, per second: higher is better',
    workload: pick(bulkThroughput, 'bulk.down.64KiB'),
    plotted: '',
    load: (limits) => async () => {
      const { sluiceStreams } = await import('../sluice/streams.ts');
      const { bulkPlan } = await import('../sluice/plans.ts');
      return sluiceStreams('down', 'each', bulkPlan(64 * KIB), { limits });
    },
  },
  {
    title: 'Calls beside a saturating stream, 99th percentile of the time: lower is better',
    workload: pick(besideBulk, 'unary.beside-bulk'),
    plotted: '.p99',
    load: (limits) => async () => {
      const { sluiceBesideBulk } = await import('../sluice/beside-bulk.ts');
      return sluiceBesideBulk('each', limits);
    },
  },
];

/** The sweeps as workloads: the budgets take turns as if they were peers. */
export const BUDGET_SWEEPS: readonly Workload[] = SWEEP_CASES.flatMap((one) =>
  SWEPT_BUDGETS.map((swept) => ({
    ...one.workload,
    name: sweepName(one, swept),
    subjects: {
      ...one.workload.subjects,
      ...Object.fromEntries(
        BUDGETS.map((bytes) => [budgetName(bytes), one.load(limitsOf(swept, bytes))]),
      ),
    },
  })),
);

/** The name of a sweep. */
export function sweepName({ workload }: SweepCase, swept: SweptBudget): string {
  return `sweep.${workload.name}.${swept}`;
}

/** The subject's name of a budget. */
export function budgetName(bytes: number): string {
  return bytes < MIB ? `${bytes / KIB}KiB` : `${bytes / MIB}MiB`;
}

function limitsOf(swept: SweptBudget, bytes: number): Partial<Limits> {
  return {
    ...(swept === 'source' ? {} : { sinkBudgetBytes: bytes }),
    ...(swept === 'sink' ? {} : { sourceBudgetBytes: bytes }),
  };
}

function pick(workloads: readonly Workload[], name: string): Workload {
  const workload = workloads.find((one) => one.name === name);
  if (workload === undefined) throw new Error(`no workload is called ${name}`);
  return workload;
}
