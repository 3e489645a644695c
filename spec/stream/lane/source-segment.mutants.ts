import { DroppedRest } from '../../../lib/stream/lane/dropped-rest.ts';
import { SourceSegment } from '../../../lib/stream/lane/source-segment.ts';
import { StreamContent } from '../../../lib/stream/lane/stream-content.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K3',
    of: DroppedRest,
    in: 'take',
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
    of: StreamContent,
    in: 'failureAfter',
    find: 'this.#failure !== undefined || sent === received',
    replace: 'sent === received',
    why: 'the error that a producer sent is not told',
  },
  {
    row: 'N2',
    of: StreamContent,
    in: 'failureAfter',
    find: 'sent === received',
    replace: 'sent === undefined || sent === received',
    why: 'an end without a count is taken for a clean one',
  },
];
