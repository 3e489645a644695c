import { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K3',
    of: SourceSegment,
    in: '#drain',
    find: '> MAX_DRAIN_BYTES',
    replace: '>= MAX_DRAIN_BYTES',
    why: 'a lane is closed at the limit of what it drops, not above it',
  },
  {
    row: 'K3',
    of: SourceSegment,
    in: 'setSourceWaiting',
    find: "this.#phase !== 'open'",
    replace: "this.#phase === 'over'",
    why: 'a large message of a canceled stream stops the reading that drops it',
  },
  {
    row: 'K4',
    of: SourceSegment,
    in: '#onEos',
    find: 'this.#failure ?? this.#lostMessages()',
    replace: 'this.#lostMessages()',
    why: 'the error that a producer sent is not told',
  },
  {
    row: 'N2',
    of: SourceSegment,
    in: '#lostMessages',
    find: 'sent === received',
    replace: 'sent === undefined || sent === received',
    why: 'an end without a count is taken for a clean one',
  },
];
