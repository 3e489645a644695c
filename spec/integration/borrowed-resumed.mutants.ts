import { SourceHalf } from '../../lib/stream/half/source-half.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-borrowed',
    of: SourceHalf,
    in: 'giveBack',
    find: 'this.#borrowing?.giveBack()',
    replace: 'this.#borrowing?.onAsk()',
    why: 'a message that its reader was never done with counts as acknowledged',
  },
  {
    row: 'B1-borrowed',
    of: SourceHalf,
    in: 'onMoved',
    find: 'this.#borrowing?.move(this.child.input);',
    replace: '',
    why: 'a stream that goes on gives each message memory of its own',
  },
];
