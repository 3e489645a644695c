import { Borrowing } from '../../lib/stream/half/borrowing.ts';
import { writeInto } from '../../lib/stream/half/message-memory.ts';
import { SourceHalf } from '../../lib/stream/half/source-half.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-borrowed',
    of: SourceHalf,
    in: '#decodeIn',
    find: "if (typeof memory === 'string') return message;",
    replace: "borrowing.giveBack(); if (typeof memory === 'string') return message;",
    why: 'a message is given back before its reader gets it',
  },
  {
    row: 'B1-borrowed',
    of: Borrowing,
    in: 'onAsk',
    find: 'this.giveBack();',
    replace: '',
    why: 'memory is not used again, and misuse is not seen',
  },
  {
    row: 'B1-borrowed',
    of: Borrowing,
    in: 'inMemory',
    find: 'freshCopy(frame)',
    replace: 'frame',
    why: 'a message of the reader’s own changes when the reader borrows others',
  },
  {
    row: 'B1-borrowed',
    of: SourceHalf,
    in: 'borrow',
    find: 'this.isOver || ',
    replace: '',
    why: 'a stream that is over lends memory of the next stream on its lane',
  },
  {
    row: 'B1-read-into',
    of: Borrowing,
    in: 'write',
    find: 'this.#keepMemory();',
    replace: '',
    why: 'a message that did not fit changes when others are borrowed',
  },
  {
    row: 'B1-read-into',
    of: Borrowing,
    in: 'takeKept',
    find: 'this.#noteBorrowed(frame)',
    replace: '{}',
    why: 'misuse of a message that did not fit, and was borrowed then, is not seen',
  },
  {
    row: 'B1-read-into',
    of: writeInto,
    find: 'bytes.length > buffer.length',
    replace: 'bytes.length >= buffer.length',
    why: 'a message that just fits is refused',
  },
];
