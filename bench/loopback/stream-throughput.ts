// How many small messages a second does a stream carry, by their size and the way of reading?

import type { Reading } from '../sluice/streams.ts';
import type { Workload } from '../support/workload.ts';

const CASES: readonly (readonly [label: string, messageBytes: number, reading: Reading])[] = [
  ['64B', 64, 'batch'],
  ['64B', 64, 'each'],
  ['64B', 64, 'read'],
  ['256B', 256, 'batch'],
  ['1KiB', 1_024, 'batch'],
];

/** Both directions: up is from client to server, down from server to client. */
export const streamThroughput: readonly Workload[] = CASES.flatMap(
  ([label, messageBytes, reading]) =>
    (['down', 'up'] as const).map((direction) => ({
      name: `stream.${direction}.${label}.${reading}`,
      measure: 'rate',
      units: { '': 'msg/s' },
      subjects: {
        floor: async () => {
          const { floorStreams } = await import('../floor/streams.ts');
          const { smallBytesPlan } = await import('../floor/plans.ts');
          return floorStreams(direction, smallBytesPlan(messageBytes));
        },
        sluice: async () => {
          const { sluiceStreams } = await import('../sluice/streams.ts');
          const { bytesPlan } = await import('../sluice/plans.ts');
          return sluiceStreams(direction, reading, bytesPlan(messageBytes));
        },
      },
    })),
);
