import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { isTrustedPiece } from '../../lib/base/large-piece.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F10',
    of: ByteQueue,
    in: '#fillPiece',
    find: 'chunk.buffer === piece.buffer',
    replace: 'true',
    why: 'what was not read to its place is not copied there',
  },
  {
    row: 'E1-memory',
    of: isTrustedPiece,
    find: 'bytes <= largestBytes || bytes <= heldBytes * TRUST_FACTOR',
    replace: 'bytes > 0',
    why: 'a length takes memory before anything of its message has come',
  },
];
