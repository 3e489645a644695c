// How long does a call take beside a stream of the same client that carries all it can?

import { BESIDE_BULK_UNITS } from '../support/drive-beside-bulk.ts';
import type { Workload } from '../support/workload.ts';

/**
 * One call every millisecond; the floor has a raw connection for the calls and one for the bulk, which it
 * reads into the same memory again and again.
 */
export const besideBulk: readonly Workload[] = [
  workload('unary.beside-bulk', 'each'),
  workload('unary.beside-bulk.borrowed', 'borrowed'),
];

function workload(name: string, reading: 'each' | 'borrowed'): Workload {
  return {
    name,
    measure: 'rate',
    units: BESIDE_BULK_UNITS,
    amount: ({ pacedCalls }) => pacedCalls,
    settlesBy: '.bulk',
    isVariant: reading === 'borrowed',
    subjects: {
      floor: async () => (await import('../floor/beside-bulk.ts')).floorBesideBulk(),
      sluice: async () => (await import('../sluice/beside-bulk.ts')).sluiceBesideBulk(reading),
    },
  };
}
