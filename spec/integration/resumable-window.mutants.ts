import { Reading } from '../../lib/stream/value/reading.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L6',
    of: Reading,
    in: 'onAsk',
    find: 'this.#onMoved()',
    replace: 'if (!this.positions.isManual) this.#onMoved()',
    why: 'what is not acknowledged by hand is kept at the producer, though it was taken',
  },
];
