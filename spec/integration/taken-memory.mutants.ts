import { TakenMemory } from '../../lib/stream/half/taken-memory.ts';
import { SinkHalf } from '../../lib/stream/half/sink-half.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-take',
    of: SinkHalf,
    in: 'take',
    find: '() => this.#writer.sentBytes',
    replace: '() => Infinity',
    why: 'memory is used again before the kernel has its bytes',
  },
  {
    row: 'B1-take',
    of: SinkHalf,
    in: 'send',
    find: 'taken?.judge(message);',
    replace: '',
    why: 'memory that the stream may use again is sent a second time',
  },
  {
    row: 'B1-take',
    of: SinkHalf,
    in: '#close',
    find: 'this.#taken?.giveBack();',
    replace: '',
    why: 'misuse of the memory of the last messages is not seen',
  },
  {
    row: 'B1-take',
    of: TakenMemory,
    in: 'onSent',
    find: 'piece.isSent = true;',
    replace: '',
    why: 'memory that was sent can be sent again',
  },
  {
    row: 'B1-take',
    of: TakenMemory,
    in: '#free',
    find: 'if (this.#isPoisoned) poison(block.memory);',
    replace: '',
    why: 'misuse of memory that was given back is not seen',
  },
];
