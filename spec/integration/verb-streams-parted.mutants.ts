import { ResumeTurns } from '../../lib/stream/resume/resume-turns.ts';
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
  {
    row: 'L10',
    of: ResumeTurns,
    in: '#begin',
    find: 'this.#awaited.shift() ?? this.#others.shift()',
    replace: 'this.#others.shift() ?? this.#awaited.shift()',
    why: 'streams that nobody reads now go on before those that a reader waits for',
  },
];
