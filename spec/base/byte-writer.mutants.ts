import { ByteWriter } from '../../lib/base/byte-writer.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'E1-stray-memory',
    of: ByteWriter,
    in: 'rollbackFrame',
    find: 'if (this.#isFrameSpilled) this.#unspill();',
    replace: '',
    why: 'a frame that has grown beyond its slab is taken back in part',
  },
];
