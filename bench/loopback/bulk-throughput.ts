// How many megabytes a second does a stream of large messages carry?

import type { Reading } from '../sluice/streams.ts';
import { CPU_UNITS } from '../support/cpu-time.ts';
import type { Workload } from '../support/workload.ts';

const SIZES: readonly (readonly [label: string, messageBytes: number])[] = [
  ['64KiB', 65_536],
  ['1MiB', 1_048_576],
];

/** By what is appended to the name. The cost of reading one by one does not show at this size. */
const READINGS: readonly (readonly [suffix: string, reading: Reading])[] = [
  ['', 'each'],
  ['.borrowed', 'borrowed'],
  ['.into', 'into'],
];

/** Both directions, in memory of their own and in memory that is used again. */
export const bulkThroughput: readonly Workload[] = READINGS.flatMap(([suffix, reading]) =>
  SIZES.flatMap(([label, messageBytes]) =>
    (['down', 'up'] as const).map((direction) => ({
      name: `bulk.${direction}.${label}${suffix}`,
      measure: 'rate',
      units: { '': 'MB/s', ...CPU_UNITS },
      isVariant: reading === 'into',
      subjects: {
        floor: async () => {
          const { floorStreams } = await import('../floor/streams.ts');
          const { bulkPlan } = await import('../floor/plans.ts');
          return floorStreams(direction, bulkPlan(messageBytes));
        },
        sluice: async () => {
          const { sluiceStreams } = await import('../sluice/streams.ts');
          const { bulkPlan } = await import('../sluice/plans.ts');
          return sluiceStreams(direction, reading, bulkPlan(messageBytes));
        },
      },
    })),
  ),
);
