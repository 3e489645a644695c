import { CompressedFrameDecoder } from '../../lib/wire/compressed-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W12',
    of: CompressedFrameDecoder,
    in: 'next',
    find: 'length > this.#maxBytes',
    replace: 'length > 2 * this.#maxBytes',
    why: 'a compressed frame above the limit is accepted',
  },
];
