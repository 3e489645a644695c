// How many megabytes a second does a stream carry that compresses what it carries?

import type { Workload } from '../support/workload.ts';

const MESSAGE_BYTES = 65_536;

/** Counted before compression; the floor is the compressor without a stream. */
export const lz4Throughput: readonly Workload[] = [
  {
    name: 'lz4.64KiB',
    measure: 'rate',
    units: { '': 'MB/s' },
    absence: findLz4Absence,
    subjects: {
      floor: async () => (await import('../floor/lz4.ts')).floorLz4(MESSAGE_BYTES),
      sluice: async () => {
        const { sluiceStreams } = await import('../sluice/streams.ts');
        const { lz4Plan } = await import('../sluice/plans.ts');
        return sluiceStreams('down', 'each', lz4Plan(MESSAGE_BYTES));
      },
    },
  },
];

function findLz4Absence(): string | undefined {
  try {
    import.meta.resolve('lz4-napi');
    return undefined;
  } catch {
    return 'the optional dependency lz4-napi is not installed';
  }
}
