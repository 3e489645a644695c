// What does an item of a service's stream cost beside a message of a bare sink?

import type { StreamPlan } from '../sluice/plans.ts';
import { CPU_UNITS } from '../support/cpu-time.ts';
import type { Subject, Workload } from '../support/workload.ts';

interface Kind {
  readonly name: string;
  /** Whether the method has a call context, for which Node follows each promise of the process. */
  readonly context: boolean;
  readonly loadPlan: () => Promise<StreamPlan>;
}

const loadRecords = async (): Promise<StreamPlan> =>
  (await import('../sluice/plans.ts')).recordsPlan();

const KINDS: readonly Kind[] = [
  { name: 'service.item', context: true, loadPlan: loadRecords },
  { name: 'service.item.no-context', context: false, loadPlan: loadRecords },
  {
    name: 'service.item.shaped',
    context: false,
    loadPlan: async () => (await import('../sluice/plans.ts')).shapedRecordsPlan(),
  },
  {
    name: 'service.item.number',
    context: false,
    loadPlan: async () => (await import('../sluice/plans.ts')).numbersPlan(),
  },
];

/** Both directions of each. */
export const serviceItem: readonly Workload[] = KINDS.flatMap((kind) => [
  workload('down', kind),
  workload('up', kind),
]);

/**
 * The floor is a bare sink that is fed by a generator too, and whose reader knows as little of the
 * serializer; `loop` is the same without the generator.
 */
function workload(direction: 'down' | 'up', { name, context, loadPlan }: Kind): Workload {
  const loadBare = async (feeding: 'generator' | 'loop'): Promise<Subject> => {
    const { sluiceStreams } = await import('../sluice/streams.ts');
    const plan = await loadPlan();
    return sluiceStreams(direction, 'each', { ...plan, feeding, isReadPlainly: true });
  };
  return {
    name: `${name}.${direction}`,
    measure: 'rate',
    units: { '': 'msg/s', ...CPU_UNITS },
    warmUpAmount: 50_000,
    isVariant: !context,
    subjects: {
      floor: () => loadBare('generator'),
      sluice: async () => {
        const { serviceItems } = await import('../sluice/service-items.ts');
        return serviceItems(direction, await loadPlan(), context);
      },
      loop: () => loadBare('loop'),
    },
  };
}
