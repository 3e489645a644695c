import type { Figure } from './figure.ts';
import type { Report } from './report.ts';
import { measure } from './rounds.ts';
import type { Settings } from './settings.ts';
import type { WorkerOptions } from './processes.ts';
import type { Workload } from './workload.ts';

/** One measurement of a run. */
export interface Job {
  /** What its figures are called. */
  readonly names: readonly string[];
  /** @param deadline - by `performance.now`; it is to be done by then. */
  readonly run: (deadline: number) => Promise<readonly Figure[]>;
}

/** The measurement of a workload. */
export function workloadJob(workload: Workload, settings: Settings, options: WorkerOptions): Job {
  return {
    names: Object.keys(workload.units).map((suffix) => workload.name + suffix),
    run: (deadline) => measure(workload, settings, options, deadline),
  };
}

/**
 * Runs one job after the other, and shares among them the time that is left. One that fails is
 * reported and makes the program's exit code 1.
 *
 * @param end - by `performance.now`; Infinity for as long as it takes.
 */
export async function runJobs(jobs: readonly Job[], end: number, report: Report): Promise<void> {
  for (const [done, { names, run }] of jobs.entries()) {
    const now = performance.now();
    try {
      report.add(await run(now + (end - now) / (jobs.length - done)));
    } catch (error) {
      console.error(`${names[0]} failed:`, error);
      process.exitCode = 1;
    }
  }
}
