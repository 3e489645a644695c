// How much memory does an open stream take that carries nothing?

import type { Workload } from '../support/workload.ts';

/** By the worse side, and by each; the floor is a bare connection. */
export const idleStreams: readonly Workload[] = [
  {
    name: 'idle.rss',
    measure: 'held',
    units: { '': 'B/stream', '.server': 'B/stream', '.client': 'B/stream' },
    subjects: {
      floor: async () => (await import('../floor/idle.ts')).floorIdle(),
      sluice: async () => (await import('../sluice/idle.ts')).sluiceIdle(),
    },
  },
];
