// How far does memory grow when a producer without end meets a reader that takes its time?

import type { Reading } from '../sluice/streams.ts';
import type { Workload } from '../support/workload.ts';

const MESSAGE_BYTES = 65_536;
const MESSAGE_MS = 1;

/** How the reader reads, by what its figures are called. */
const WAYS: readonly (readonly [name: string, reading: Reading])[] = [
  ['slow-reader.rss', 'slow'],
  ['slow-reader.borrowed.rss', 'slow-borrowed'],
];

/** From server to client, by the worse side and by each; the floor's reader pauses its socket. */
export const slowReader: readonly Workload[] = WAYS.map(([name, reading]) => ({
  name,
  measure: 'peak',
  units: { '': 'B', '.producer': 'B', '.consumer': 'B' },
  subjects: {
    floor: async () => {
      const { floorSlowReader } = await import('../floor/slow-reader.ts');
      return floorSlowReader(MESSAGE_BYTES, MESSAGE_MS);
    },
    sluice: async () => {
      const { sluiceStreams } = await import('../sluice/streams.ts');
      const { bytesPlan } = await import('../sluice/plans.ts');
      return sluiceStreams('down', reading, bytesPlan(MESSAGE_BYTES));
    },
  },
}));
