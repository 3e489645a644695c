import { decodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F35',
    of: decodeLaneFrame,
    find: 'type < FIRST_MANDATORY',
    replace: 'true',
    why: 'a lane frame is passed over that its reader has to know',
  },
];
