// How long does an echo call of one record take, and how many a second are made, so many at a time?

import { CALL_UNITS } from '../support/drive-calls.ts';
import type { LoadSubject, Workload } from '../support/workload.ts';

const CONCURRENCIES = [1, 16, 64, 128];

/** With a declared shape it is the number of calls that tells. */
const SHAPED_CONCURRENCY = 64;

/** On one client; the floor uses the same js-bson, also where the library has a declared shape. */
export const callLatency: readonly Workload[] = [
  ...CONCURRENCIES.map((concurrency) =>
    workload(`unary.c${concurrency}`, concurrency, async () =>
      (await import('../sluice/calls.ts')).sluiceCalls(concurrency),
    ),
  ),
  workload(`unary.shaped.c${SHAPED_CONCURRENCY}`, SHAPED_CONCURRENCY, async () =>
    (await import('../sluice/calls.ts')).shapedCalls(SHAPED_CONCURRENCY),
  ),
];

function workload(name: string, concurrency: number, sluice: LoadSubject): Workload {
  return {
    name,
    measure: 'rate',
    units: CALL_UNITS,
    subjects: {
      floor: async () => (await import('../floor/calls.ts')).floorCalls(concurrency),
      sluice,
    },
  };
}
