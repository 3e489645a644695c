// How long does the first item of a stream take from the call on that returns the stream?

import type { Workload } from '../support/workload.ts';

/** With nothing known and nothing parked, and with both; the floor is a verb's call and its reply. */
export const firstItem: readonly Workload[] = (['cold', 'warm'] as const).map((temperature) => ({
  name: `service.first-item.${temperature}`,
  measure: 'rate',
  units: { '.p50': 'µs', '.p99': 'µs' },
  subjects: {
    floor: async () => (await import('../sluice/calls.ts')).sluiceCalls(1),
    sluice: async () => (await import('../sluice/first-item.ts')).firstItem(temperature),
  },
}));
