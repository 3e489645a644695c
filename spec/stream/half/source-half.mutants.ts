import { SourceHalf } from '../../../lib/stream/half/source-half.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-S3',
    of: SourceHalf,
    in: 'readBatch',
    find: '#isPending = true',
    replace: '#isPending = false',
    why: 'an end that came with a batch is lost',
  },
];
