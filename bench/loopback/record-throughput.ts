// How many records of about 100 bytes a second does a stream carry, read with `for await`: in BSON, in
// BSON of a declared shape, and packed?

import type { StreamPlan } from '../sluice/plans.ts';
import type { Workload } from '../support/workload.ts';

/** How the library writes the records, by what their workloads are called. */
const KINDS: readonly (readonly [name: string, loadPlan: () => Promise<StreamPlan>])[] = [
  ['records', async () => (await import('../sluice/plans.ts')).recordsPlan()],
  ['records.shaped', async () => (await import('../sluice/plans.ts')).shapedRecordsPlan()],
  ['records.packed', async () => (await import('../sluice/plans.ts')).packedRecordsPlan()],
];

/** Both directions of each; the floor is always js-bson on a raw socket. */
export const recordThroughput: readonly Workload[] = KINDS.flatMap(([name, loadPlan]) =>
  (['down', 'up'] as const).map((direction): Workload => ({
    name: `${name}.${direction}`,
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
        return sluiceStreams(direction, 'each', await loadPlan());
      },
    },
  })),
);

/** The same over TLS, which the floor has too. */
export const secureRecords: readonly Workload[] = (['down', 'up'] as const).map((direction) => ({
  name: `records.tls.${direction}`,
  measure: 'rate',
  units: { '': 'msg/s' },
  isVariant: true,
  subjects: {
    floor: async () => {
      const { floorStreams } = await import('../floor/streams.ts');
      const { recordsPlan } = await import('../floor/plans.ts');
      const { TLS } = await import('../floor/wires.ts');
      return floorStreams(direction, recordsPlan(), TLS);
    },
    sluice: async () => {
      const { sluiceStreams } = await import('../sluice/streams.ts');
      const { recordsPlan } = await import('../sluice/plans.ts');
      return sluiceStreams(direction, 'each', recordsPlan(), { isSecure: true });
    },
  },
}));
