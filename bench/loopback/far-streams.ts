// How much of a long link does a resumable stream fill?

import type { LinkTerms } from '../link/delay-line.ts';
import type { ValueStreamCase } from '../sluice/value-streams.ts';
import type { LoadSubject, Workload } from '../support/workload.ts';

const ITEM_BYTES = 65_536;

/** The rate of every link. */
export const LINK_BYTES_PER_SECOND = 100_000_000;

/** A round takes so many times as long as others do: a stream has to leave its beginning behind. */
export const ROUNDS_LONGER = 4;

const FAR: LinkTerms = { bytesPerSecond: LINK_BYTES_PER_SECOND, delayMs: 20 };

/** 20 ms each way; down, because what a link does is the same both ways. `plain` is not resumable. */
export const farStreams: readonly Workload[] = [
  {
    name: 'resumable.far',
    measure: 'rate',
    units: { '': 'MB/s' },
    amount: ({ roundSeconds }) =>
      Math.ceil((ROUNDS_LONGER * roundSeconds * LINK_BYTES_PER_SECOND) / ITEM_BYTES),
    isVariant: true,
    subjects: {
      floor: loadFarFloor(FAR),
      plain: loadFar(FAR, false),
      sluice: loadFar(FAR, true),
    },
  },
];

/** A raw socket through a link. @param terms - undefined for none, as below. */
export function loadFarFloor(terms: LinkTerms | undefined): LoadSubject {
  return async () => {
    const { floorStreams } = await import('../floor/streams.ts');
    const { bulkPlan } = await import('../floor/plans.ts');
    const { fromFirstByte } = await import('../floor/from-first-byte.ts');
    const { behindLink } = await import('../link/behind-link.ts');
    return behindLink(floorStreams('down', fromFirstByte(bulkPlan(ITEM_BYTES))), terms);
  };
}

/** A stream of the library through a link. */
export function loadFar(
  terms: LinkTerms | undefined,
  resumable: ValueStreamCase['resumable'],
): LoadSubject {
  return async () => {
    const { valueStreams } = await import('../sluice/value-streams.ts');
    const { bulkPlan } = await import('../sluice/plans.ts');
    const { behindLink } = await import('../link/behind-link.ts');
    const chosen = { direction: 'down', reading: 'each', plan: bulkPlan(ITEM_BYTES) } as const;
    return behindLink(valueStreams({ ...chosen, resumable }), terms);
  };
}
