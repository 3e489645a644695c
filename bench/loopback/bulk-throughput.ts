// How many megabytes a second does a stream of large messages carry?

import type { Feeding } from '../sluice/plans.ts';
import type { Reading } from '../sluice/streams.ts';
import { CPU_UNITS } from '../support/cpu-time.ts';
import type { Workload } from '../support/workload.ts';

const SIZES: readonly (readonly [label: string, messageBytes: number])[] = [
  ['64KiB', 65_536],
  ['1MiB', 1_048_576],
];

/** By what is appended to the name. The cost of reading one by one does not show at this size. */
const WAYS: readonly (readonly [suffix: string, reading: Reading, feeding: Feeding])[] = [
  ['', 'each', 'loop'],
  ['.borrowed', 'borrowed', 'loop'],
  ['.into', 'into', 'loop'],
  ['.anew', 'each', 'anew'],
  ['.taken', 'borrowed', 'taken'],
];

/**
 * Both directions, in memory of their own and in memory that is used again; and from a producer that
 * fills each message, in new memory or in memory that the sink gives. The floor fills the same few.
 */
export const bulkThroughput: readonly Workload[] = WAYS.flatMap(([suffix, reading, feeding]) =>
  SIZES.flatMap(([label, messageBytes]) =>
    (['down', 'up'] as const).map((direction) => ({
      name: `bulk.${direction}.${label}${suffix}`,
      measure: 'rate',
      units: { '': 'MB/s', ...CPU_UNITS },
      isVariant: reading === 'into' || feeding !== 'loop',
      subjects: {
        floor: async () => {
          const { floorStreams } = await import('../floor/streams.ts');
          const { bulkPlan, filledBulkPlan } = await import('../floor/plans.ts');
          const plan = feeding === 'loop' ? bulkPlan : filledBulkPlan;
          return floorStreams(direction, plan(messageBytes));
        },
        sluice: async () => {
          const { sluiceStreams } = await import('../sluice/streams.ts');
          const { bulkPlan } = await import('../sluice/plans.ts');
          return sluiceStreams(direction, reading, bulkPlan(messageBytes, feeding));
        },
      },
    })),
  ),
);
