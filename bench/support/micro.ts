import { Bench } from 'tinybench';

import { type Figure, toFigures } from './figure.ts';
import type { Settings } from './settings.ts';
const SUBJECTS = ['floor', 'sluice'] as const;

const MIN_MS = 10;

/** One small part of the library beside the least code that does the same. */
export interface Micro {
  readonly name: string;
  /** What a run does so many of. */
  readonly operations: number;
  /** Do the work once. @throws if its result is wrong. */
  readonly floor: () => void;
  readonly sluice: () => void;
}

/** Operations a second of both, in turn. @param deadline - as for `measure`. */
export async function measureMicro(
  micro: Micro,
  settings: Settings,
  deadline: number,
): Promise<Figure[]> {
  // Half of each run is warm-up.
  const fittingMs = (deadline - performance.now()) / (2 * SUBJECTS.length * settings.rounds);
  const timeMs = Math.max(MIN_MS, Math.min(settings.microMs, fittingMs));
  const rounds = { floor: [] as number[], sluice: [] as number[] };
  for (let round = 0; round < settings.rounds; round++) {
    for (const subject of SUBJECTS) {
      rounds[subject].push(micro.operations * (await runsPerSecond(micro, subject, timeMs)));
    }
  }
  return toFigures(micro.name, 'op/s', new Map(Object.entries(rounds)));
}

async function runsPerSecond(
  micro: Micro,
  subject: (typeof SUBJECTS)[number],
  timeMs: number,
): Promise<number> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs, throws: true });
  bench.add(micro.name, micro[subject]);
  const [task] = await bench.run();
  if (task?.result.state !== 'completed') throw new Error(`${micro.name} did not complete`);
  return 1e3 / task.result.latency.p50;
}
