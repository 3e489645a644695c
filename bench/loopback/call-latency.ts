// How long does an echo call of one record take, and how many a second are made, so many at a time?

import { CALL_UNITS } from '../support/drive-calls.ts';
import type { Workload } from '../support/workload.ts';

const CONCURRENCIES = [1, 16, 64, 128];

/** On one client; the floor uses the same js-bson. */
export const callLatency: readonly Workload[] = CONCURRENCIES.map((concurrency) => ({
  name: `unary.c${concurrency}`,
  measure: 'rate',
  units: CALL_UNITS,
  subjects: {
    floor: async () => (await import('../floor/calls.ts')).floorCalls(concurrency),
    sluice: async () => (await import('../sluice/calls.ts')).sluiceCalls(concurrency),
  },
}));
