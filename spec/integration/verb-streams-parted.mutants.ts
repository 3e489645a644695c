import { MovingStream } from '../../lib/stream/verb/moving-stream.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F4',
    of: MovingStream,
    in: 'onPeerParted',
    find: 'attempt === this.#attempt',
    replace: 'attempt >= 0',
    why: 'late or false words of a server make its client leave connections that are good',
  },
];
