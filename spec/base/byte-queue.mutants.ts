import { ByteQueue } from '../../lib/base/byte-queue.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F10',
    of: ByteQueue,
    in: '#copyFrontTo',
    find: 'copy(copy, 0, this.#at)',
    replace: 'copy(copy)',
    why: 'what spans two chunks begins with bytes that were taken before',
  },
  {
    row: 'S-W11',
    of: ByteQueue,
    in: 'takePrefixed',
    find: 'bytes > maxBytes ||',
    replace: '',
    why: 'a message above the limit is taken when it lies whole in a chunk',
  },
  {
    row: 'F10',
    of: ByteQueue,
    in: 'takePrefixed',
    find: 'start + bytes > head.length) return undefined',
    replace: 'start + bytes > head.length + 1) return undefined',
    why: 'a message is taken whose last byte is in the next chunk',
  },
];
