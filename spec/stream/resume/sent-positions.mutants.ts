import { SentPositions } from '../../../lib/stream/resume/sent-positions.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'L9',
    of: SentPositions,
    in: 'move',
    find: 'taken > sent',
    replace: 'taken > sent + 1',
    why: 'an item counts as taken that was not sent',
  },
  {
    row: 'L10',
    of: SentPositions,
    in: 'isStale',
    find: 'attempt > this.#attempt',
    replace: 'attempt >= this.#attempt',
    why: 'an attempt that was overtaken takes the stream from its lane',
  },
  {
    row: 'F31',
    of: SentPositions,
    in: 'move',
    find: 'acknowledged > taken',
    replace: 'acknowledged > sent',
    why: 'items count as acknowledged that nobody has taken',
  },
];
