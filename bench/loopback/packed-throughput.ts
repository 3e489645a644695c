// What does a packed layout of one member cost a stream, beside raw bytes of the same size?

import type { Reading } from '../sluice/streams.ts';
import type { Workload } from '../support/workload.ts';

const MESSAGE_BYTES = 64;
const KINDS = ['bytes', 'string'] as const;
const DIRECTIONS = ['down', 'up'] as const;
const READINGS: readonly Reading[] = ['batch', 'each'];

/** The floor sends messages of the same size, with the length of their one member. */
export const packedThroughput: readonly Workload[] = KINDS.flatMap((kind) =>
  DIRECTIONS.flatMap((direction) =>
    READINGS.map((reading) => ({
      name: `stream.${direction}.64B.packed-${kind}.${reading}`,
      measure: 'rate' as const,
      units: { '': 'msg/s' },
      isVariant: kind === 'string' || direction === 'up' || reading === 'each',
      subjects: {
        floor: async () => {
          const { floorStreams } = await import('../floor/streams.ts');
          const { smallBytesPlan } = await import('../floor/plans.ts');
          return floorStreams(direction, smallBytesPlan(4 + MESSAGE_BYTES));
        },
        sluice: async () => {
          const { sluiceStreams } = await import('../sluice/streams.ts');
          const { packedPlan } = await import('../sluice/plans.ts');
          return sluiceStreams(direction, reading, packedPlan(kind, MESSAGE_BYTES));
        },
      },
    })),
  ),
);
