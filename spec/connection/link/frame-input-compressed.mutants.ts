import { Decompression } from '../../../lib/connection/link/decompression.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'E1-bombs',
    of: Decompression,
    in: '#headerIn',
    find: 'claimedBytes <= maxFrameBytes || ',
    replace: '',
    why: 'an oversized frame whose header claims less is served by its header alone',
  },
];
