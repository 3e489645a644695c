// How many streams a second can be opened, one after the other: connect, negotiate, call?

import type { LoadSubject, Workload } from '../support/workload.ts';

/** On new connections, and on one that was parked; the floor is a bare connection and two round trips. */
export const openStream: readonly Workload[] = [
  workload('open.cold', async () => (await import('../sluice/open-stream.ts')).sluiceOpenStream()),
  workload('open.parked', async () =>
    (await import('../sluice/open-parked.ts')).sluiceOpenParked(),
  ),
];

function workload(name: string, sluice: LoadSubject): Workload {
  return {
    name,
    measure: 'rate',
    units: { '': 'opens/s' },
    subjects: {
      floor: async () => (await import('../floor/open-stream.ts')).floorOpenStream(),
      sluice,
    },
  };
}
