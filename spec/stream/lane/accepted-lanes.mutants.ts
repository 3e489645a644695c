import { AcceptedLanes } from '../../../lib/stream/lane/accepted-lanes.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B2-5',
    of: AcceptedLanes,
    in: 'onIdle',
    find: 'writer.bufferedBytes === 0',
    replace: 'writer.bufferedBytes >= 0',
    why: 'a stream is over before the kernel has its end',
  },
];
