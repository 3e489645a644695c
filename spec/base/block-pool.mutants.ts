import { BlockPool } from '../../lib/base/block-pool.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-borrowed',
    of: BlockPool,
    in: '#isTooMuch',
    find: 'count > MAX_KEPT ||',
    replace: '',
    why: 'any number of small blocks is kept and looked at',
  },
  {
    row: 'B1-borrowed',
    of: BlockPool,
    in: '#isTooMuch',
    find: ' || (count > 1 && this.#keptBytes > MAX_KEPT_BYTES)',
    replace: '',
    why: 'a stream keeps any amount of memory',
  },
];
