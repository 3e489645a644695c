import type { StalledCase } from '../sluice/stalled-streams.ts';
import type { LoadSubject, Workload } from '../support/workload.ts';

/** The cases that are watched; the floor is a plain stream. */
export interface StalledWorkload {
  readonly direction: StalledCase['direction'];
  readonly stall: StalledCase['stall'];
  readonly workload: Workload;
}

/** Both directions, and both ways to stall. */
export const STALLED: readonly StalledWorkload[] = (['down', 'up'] as const).flatMap((direction) =>
  (['reading', 'acknowledging'] as const).map((stall) => ({
    direction,
    stall,
    workload: {
      name: `stalled.${direction}.${stall}`,
      measure: 'peak',
      units: { '': 'items' },
      subjects: {
        floor: load({ direction, stall: 'reading', isResumable: false }),
        sluice: load({ direction, stall, isResumable: true }),
      },
    },
  })),
);

function load(chosen: StalledCase): LoadSubject {
  return async () => (await import('../sluice/stalled-streams.ts')).stalledStreams(chosen);
}
