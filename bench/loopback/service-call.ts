// What does a call of a service's method cost beside the verb's call that it makes?

import { CPU_UNITS } from '../support/cpu-time.ts';
import type { Workload } from '../support/workload.ts';

const CONCURRENCY = 64;

const KINDS: readonly (readonly [name: string, context: boolean])[] = [
  ['service.call', true],
  ['service.call.no-context', false],
];

/** Many at a time, with a call context and without one; the floor is the verb's call. */
export const serviceCall: readonly Workload[] = KINDS.map(([name, context]) => ({
  name,
  measure: 'rate',
  units: { '': 'calls/s', ...CPU_UNITS },
  warmUpAmount: 20_000,
  isVariant: !context,
  subjects: {
    floor: async () => (await import('../sluice/calls.ts')).sluiceCalls(CONCURRENCY),
    sluice: async () =>
      (await import('../sluice/service-calls.ts')).serviceCalls(CONCURRENCY, context),
  },
}));
