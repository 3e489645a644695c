import { meanCollections } from './collections.ts';
import { type Figure, toFigures } from './figure.ts';
import { measureMemory } from './memory-rounds.ts';
import type { WorkerOptions } from './processes.ts';
import { measureRate } from './rate-rounds.ts';
import { remarksOn } from './remarks.ts';
import type { Settings } from './settings.ts';
import type { Rounds, SubjectName, Workload } from './workload.ts';

/**
 * Measures a workload on all its subjects, round by round in turn. One that fails has no figures.
 *
 * @param deadline - by `performance.now`; rounds are made shorter to be done by then.
 */
export async function measure(
  workload: Workload,
  settings: Settings,
  options: WorkerOptions,
  deadline: number,
): Promise<Figure[]> {
  const absence = workload.absence?.();
  if (absence !== undefined) {
    console.log(`${workload.name} is left out: ${absence}`);
    return [];
  }
  const rounds =
    workload.measure === 'rate'
      ? await measureRate(workload, settings, options, deadline)
      : await measureMemory(workload, settings, options);
  return Object.entries(workload.units).flatMap(([suffix, unit]) => {
    const values = new Map<SubjectName, number[]>();
    for (const [subject, figures] of rounds) {
      values.set(
        subject,
        figures.map((one) => one[suffix] ?? Number.NaN),
      );
    }
    const figures = toFigures(workload.name + suffix, unit, values);
    return suffix === '' ? figures.map((figure) => withDetails(figure, rounds)) : figures;
  });
}

/** The workload's own figure, with the collections of its rounds and the remarks on them. */
function withDetails(figure: Figure, rounds: Rounds): Figure {
  const own = rounds.get(figure.subject) ?? [];
  return { ...figure, collections: meanCollections(own), remarks: remarksOn(own) };
}
