import { ByteQueue } from '../../lib/base/byte-queue.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W11',
    of: ByteQueue,
    in: 'gather',
    find: '#byteLength >= bytes',
    replace: '#byteLength > bytes',
    why: 'a message waits for a byte of the next one',
  },
];
