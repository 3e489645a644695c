import { LanePool } from '../../../lib/stream/lane/lane-pool.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'X12',
    of: LanePool,
    in: '#closeOld',
    find: '< limits.parkedIdleMs',
    replace: '<= limits.parkedIdleMs',
    why: 'a lane is parked longer than it may be',
  },
];
