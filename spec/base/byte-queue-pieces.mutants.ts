import { ByteQueue } from '../../lib/base/byte-queue.ts';
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
    of: ByteQueue,
    in: 'gather',
    find: 'bytes <= this.#largestPieceBytes || bytes <= this.#byteLength * TRUST_FACTOR',
    replace: 'bytes > 0',
    why: 'a length takes memory before anything of its message has come',
  },
];
