// What does it cost that a stream can be resumed, beside a plain one and beside a raw socket?

import type { FloorPlan } from '../floor/plans.ts';
import type { StreamPlan } from '../sluice/plans.ts';
import type { ValueStreamCase } from '../sluice/value-streams.ts';
import { CPU_UNITS } from '../support/cpu-time.ts';
import type { Workload } from '../support/workload.ts';

const SMALL_BYTES = 64;
const LARGE_BYTES = 65_536;
const RECORD_BYTES = 128;

/** Two windows, so that a stream is not measured while it fills its first one. */
const WARM_UP_BYTES = 33_554_432;

interface Kind {
  readonly name: string;
  readonly unit: string;
  /** Of an item, about. */
  readonly bytes: number;
  readonly reading: ValueStreamCase['reading'];
  readonly loadPlan: () => Promise<StreamPlan>;
  readonly loadFloor: () => Promise<FloorPlan>;
}

const KINDS: readonly Kind[] = [
  {
    name: '64B.batch',
    unit: 'msg/s',
    bytes: SMALL_BYTES,
    reading: 'batch',
    loadPlan: async () => (await import('../sluice/plans.ts')).bytesPlan(SMALL_BYTES),
    loadFloor: async () => (await import('../floor/plans.ts')).smallBytesPlan(SMALL_BYTES),
  },
  {
    name: 'records',
    unit: 'msg/s',
    bytes: RECORD_BYTES,
    reading: 'each',
    loadPlan: async () => (await import('../sluice/plans.ts')).recordsPlan(),
    loadFloor: async () => (await import('../floor/plans.ts')).recordsPlan(),
  },
  {
    name: '64KiB',
    unit: 'MB/s',
    bytes: LARGE_BYTES,
    reading: 'each',
    loadPlan: async () => (await import('../sluice/plans.ts')).bulkPlan(LARGE_BYTES),
    loadFloor: async () => (await import('../floor/plans.ts')).bulkPlan(LARGE_BYTES),
  },
];

/** Both directions; `plain` is the same stream, not resumable. */
export const resumableStreams: readonly Workload[] = KINDS.flatMap((kind) => [
  workload('down', kind),
  workload('up', kind),
]);

function workload(
  direction: 'down' | 'up',
  { name, unit, bytes, reading, loadPlan, loadFloor }: Kind,
): Workload {
  const load = async (resumable: boolean): ReturnType<Workload['subjects']['sluice']> => {
    const { valueStreams } = await import('../sluice/value-streams.ts');
    return valueStreams({ direction, reading, plan: await loadPlan(), resumable });
  };
  return {
    name: `resumable.${direction}.${name}`,
    measure: 'rate',
    units: { '': unit, ...CPU_UNITS },
    warmUpAmount: WARM_UP_BYTES / bytes,
    isVariant: direction === 'up',
    subjects: {
      floor: async () => {
        const { floorStreams } = await import('../floor/streams.ts');
        return floorStreams(direction, await loadFloor());
      },
      plain: () => load(false),
      sluice: () => load(true),
    },
  };
}
