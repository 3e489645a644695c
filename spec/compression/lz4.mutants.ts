import { lz4 } from '../../lib/compression/lz4.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W12',
    of: lz4,
    in: 'Lz4Compressor.decompress',
    find: 'length < BLOCK_HEADER_BYTES',
    replace: 'length === 0',
    why: 'an empty frame of the compressor ends the connection',
  },
  {
    row: 'F12',
    of: lz4,
    in: 'Lz4Compressor.decompress',
    find: 'declaredBytes === 0',
    replace: 'declaredBytes < 0',
    why: 'a size of 0 passes',
  },
];
