import { TakenMemory } from '../../../lib/stream/half/taken-memory.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-take',
    of: TakenMemory,
    in: 'take',
    find: 'return new BufferView',
    replace: 'this.#pool.give(block); return new BufferView',
    why: 'memory is given to two senders at a time',
  },
  {
    row: 'B1-take',
    of: TakenMemory,
    in: 'giveBack',
    find: 'end > done',
    replace: 'end >= done',
    why: 'memory is not used again when nobody needs it any more',
  },
  {
    row: 'B1-take',
    of: TakenMemory,
    in: 'onSent',
    find: 'message.length === 1 && ',
    replace: '',
    why: 'memory is used again while a large part of it waits, since a small one was copied',
  },
  {
    row: 'B1-take',
    of: TakenMemory,
    in: '#letGo',
    find: 'this.#pool.clear();',
    replace: '',
    why: 'an idle stream holds the memory that it has used last',
  },
  {
    row: 'B1-take',
    of: TakenMemory,
    in: 'end',
    find: 'this.#isOver = true;',
    replace: '',
    why: 'a stream that ends while its last message is encoded leaves a timer',
  },
];
