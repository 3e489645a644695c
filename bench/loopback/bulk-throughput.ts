// How many megabytes a second does a stream of large messages carry?

import type { Workload } from '../support/workload.ts';

const SIZES: readonly (readonly [label: string, messageBytes: number])[] = [
  ['64KiB', 65_536],
  ['1MiB', 1_048_576],
];

/** Both directions; read with `for await`, whose cost does not show at this size. */
export const bulkThroughput: readonly Workload[] = SIZES.flatMap(([label, messageBytes]) =>
  (['down', 'up'] as const).map((direction) => ({
    name: `bulk.${direction}.${label}`,
    measure: 'rate',
    units: { '': 'MB/s' },
    subjects: {
      floor: async () => {
        const { floorStreams } = await import('../floor/streams.ts');
        const { bulkPlan } = await import('../floor/plans.ts');
        return floorStreams(direction, bulkPlan(messageBytes));
      },
      sluice: async () => {
        const { sluiceStreams } = await import('../sluice/streams.ts');
        const { bulkPlan } = await import('../sluice/plans.ts');
        return sluiceStreams(direction, 'each', bulkPlan(messageBytes));
      },
    },
  })),
);
