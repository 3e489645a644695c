import { type Figure, toFigures } from './figure.ts';
import { measureMemory } from './memory-rounds.ts';
import type { WorkerOptions } from './processes.ts';
import { measureRate } from './rate-rounds.ts';
import type { Settings } from './settings.ts';
import type { SubjectName, Workload } from './workload.ts';

/**
 * Measures a workload on both subjects, round by round in turn.
 *
 * @param deadline - by `performance.now`; rounds are made shorter to be done by then.
 */
export async function measure(
  workload: Workload,
  settings: Settings,
  options: WorkerOptions,
  deadline: number,
): Promise<Figure[]> {
  const rounds =
    workload.measure === 'rate'
      ? await measureRate(workload, settings, options, deadline)
      : await measureMemory(workload, settings, options);
  return Object.entries(workload.units).flatMap(([suffix, unit]) => {
    const valuesOf = (subject: SubjectName): number[] =>
      rounds[subject].map((figures) => figures[suffix] ?? Number.NaN);
    const values = { floor: valuesOf('floor'), sluice: valuesOf('sluice') };
    return toFigures(workload.name + suffix, unit, values);
  });
}
