// How many streams a second can be opened, one after the other: connect, negotiate, call?

import type { Workload } from '../support/workload.ts';

/** The floor is a bare connection and two round trips. */
export const openStream: readonly Workload[] = [
  {
    name: 'open.cold',
    measure: 'rate',
    units: { '': 'opens/s' },
    subjects: {
      floor: async () => (await import('../floor/open-stream.ts')).floorOpenStream(),
      sluice: async () => (await import('../sluice/open-stream.ts')).sluiceOpenStream(),
    },
  },
];
