import { HalfState } from '../../../lib/stream/half/half-state.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S9',
    of: HalfState,
    in: 'abort',
    find: "|| this.#phase === 'failed'",
    replace: '',
    why: 'the last cause of a failure stays and not the first',
  },
  {
    row: 'E1-floods',
    of: HalfState,
    in: 'isBroken',
    find: '&& this.#wasOpen',
    replace: '',
    why: 'a direction that nobody used counts as broken off when the stream ends',
  },
];
