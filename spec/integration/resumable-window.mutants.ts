import { RetainedSink } from '../../lib/stream/value/retained-sink.ts';
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
  {
    row: 'L6',
    of: RetainedSink,
    in: '#look',
    find: 'if (!isComplete) this.#window.look();',
    replace: 'this.#window.look();',
    why: 'items behind a complete batch stay at the producer until it has more of them',
  },
];
