// How long does a file take from disk to disk, and how much memory?

import { CPU_UNITS } from '../support/cpu-time.ts';
import type { Syncing } from '../support/file-driving.ts';
import type { Subjects, Workload } from '../support/workload.ts';

/**
 * One file a round, from one process to another on the same file system; the floor is `stream.pipeline`
 * from file to socket and from socket to file. `cp` is the system's own copy.
 */
export const fileTransfer: readonly Workload[] = [
  {
    name: 'file',
    measure: 'rate',
    units: { '': 'MB/s', ...CPU_UNITS },
    amount: ({ fileBlocks }) => fileBlocks,
    subjects: subjectsOf('synced'),
  },
  {
    name: 'file.unsynced',
    measure: 'rate',
    units: { '': 'MB/s', ...CPU_UNITS },
    amount: ({ fileBlocks }) => fileBlocks,
    isVariant: true,
    subjects: subjectsOf('unsynced'),
  },
  {
    name: 'file.rss',
    measure: 'peak',
    units: { '': 'B', '.producer': 'B', '.consumer': 'B' },
    amount: ({ fileBlocks }) => fileBlocks,
    isVariant: true,
    subjects: subjectsOf('synced'),
  },
];

function subjectsOf(syncing: Syncing): Subjects {
  return {
    floor: async () => {
      const { floorFiles } = await import('../floor/files.ts');
      return floorFiles(syncing);
    },
    sluice: async () => {
      const { sluiceFiles } = await import('../sluice/files.ts');
      return sluiceFiles(syncing);
    },
    cp: async () => {
      const { copiedFiles } = await import('../floor/files.ts');
      return copiedFiles(syncing);
    },
  };
}
