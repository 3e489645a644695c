import { StallGuard } from '../../../lib/connection/link/stall-guard.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F4',
    of: StallGuard,
    in: 'touch',
    find: 'if (this.#alarm.isSet)',
    replace: 'if (!this.#alarm.isSet)',
    why: 'a slow peer is taken for a dead one',
  },
];
