// How many records of about 100 bytes a second does a stream carry in BSON, read with `for await`?

import type { Workload } from '../support/workload.ts';

/** Both directions; the floor uses the same js-bson. */
export const recordThroughput: readonly Workload[] = (['down', 'up'] as const).map((direction) => ({
  name: `records.${direction}`,
  measure: 'rate',
  units: { '': 'msg/s' },
  subjects: {
    floor: async () => {
      const { floorStreams } = await import('../floor/streams.ts');
      const { recordsPlan } = await import('../floor/plans.ts');
      return floorStreams(direction, recordsPlan());
    },
    sluice: async () => {
      const { sluiceStreams } = await import('../sluice/streams.ts');
      const { recordsPlan } = await import('../sluice/plans.ts');
      return sluiceStreams(direction, 'each', recordsPlan());
    },
  },
}));
