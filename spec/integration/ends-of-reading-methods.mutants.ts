import { Consumed } from '../../lib/stream/value/consumed.ts';
import { Produced } from '../../lib/stream/value/produced.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'X9',
    of: Produced,
    in: 'setNaming',
    find: 'this.#owner.abortWithin(this.number, end);',
    replace: '',
    why: 'a method that reads a stream in an item waits for ever when its caller cancels',
  },
  {
    row: 'X9',
    of: Consumed,
    in: '#whyNotOpened',
    find: 'this.#endOfCall ?? (isNotThere ? this.inputOf?.givenUp : undefined) ?? error',
    replace: 'error',
    why: 'a method that reads too late is told of a stream that is not there',
  },
];
