// How many streams a second are read that stand in the items of another, and on how many connections?

import type { Workload } from '../support/workload.ts';

const CONCURRENCIES = [1, 64];

/** So many at a time; the floor is a call for each stream. */
export const nestedStreams: readonly Workload[] = CONCURRENCIES.map((concurrency) => ({
  name: `service.nested.c${concurrency}`,
  measure: 'rate',
  units: { '': 'streams/s', '.connections': 'connections' },
  isVariant: concurrency > 1,
  subjects: {
    floor: async () => (await import('../sluice/nested-streams.ts')).calledStreams(concurrency),
    sluice: async () => (await import('../sluice/nested-streams.ts')).nestedStreams(concurrency),
  },
}));
