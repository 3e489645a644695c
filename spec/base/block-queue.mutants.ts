import { BlockQueue } from '../../lib/base/block-queue.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-borrowed',
    of: BlockQueue,
    in: '#advance',
    find: 'this.#taken.push(this.#blocks.shift()!)',
    replace: 'this.#pool.give(this.#blocks.shift()!)',
    why: 'memory is used again when its last message is taken, before the reader is done with it',
  },
  {
    row: 'B1-borrowed',
    of: BlockQueue,
    in: '#readable',
    find: 'last.isPooled && !last.isLent',
    replace: 'last.isPooled',
    why: 'bytes are read over a message that the reader has',
  },
  {
    row: 'B1-borrowed',
    of: BlockQueue,
    in: 'clear',
    find: 'this.#taken = []',
    replace: 'this.giveBack()',
    why: 'a stream that is over overwrites what its reader still has',
  },
];
