import { KeptMemory } from '../../lib/stream/resume/kept-memory.ts';
import { Retention } from '../../lib/stream/resume/retention.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L6',
    of: Retention,
    in: 'isCrowded',
    find: 'this.#memory.isFull',
    replace: 'false',
    why: 'each stream of a session keeps a window, whatever the others keep',
  },
  {
    row: 'L6',
    of: KeptMemory,
    in: 'change',
    find: 'this.#wake()',
    replace: 'this.isFull',
    why: 'a stream that waits for the memory of its session goes on only when its own reader does',
  },
];
