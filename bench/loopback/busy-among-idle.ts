// Does a busy stream become slower because many others are open that carry nothing?

import type { Workload } from '../support/workload.ts';

const MESSAGE_BYTES = 64;

/** The floor is the library too: the same stream, alone. */
export const busyAmongIdle: readonly Workload[] = [
  {
    name: 'busy-among-idle',
    measure: 'rate',
    units: { '': 'msg/s' },
    subjects: {
      floor: async () => {
        const { sluiceStreams } = await import('../sluice/streams.ts');
        const { bytesPlan } = await import('../sluice/plans.ts');
        return sluiceStreams('down', 'batch', bytesPlan(MESSAGE_BYTES));
      },
      sluice: async () => {
        const { sluiceBusyAmongIdle } = await import('../sluice/busy-among-idle.ts');
        return sluiceBusyAmongIdle(MESSAGE_BYTES);
      },
    },
  },
];
