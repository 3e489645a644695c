import { SinkSegment } from '../../../lib/stream/lane/sink-segment.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'K10',
    of: SinkSegment,
    in: 'lose',
    find: 'if (!this.#lane.isAccepted)',
    replace: 'if (this.#lane.isAccepted)',
    why: 'a server waits for ever for a stream whose lane was lost on the way',
  },
  {
    row: 'B2-8',
    of: SinkSegment,
    in: 'cancel',
    find: 'abort(cause,',
    replace: 'abort(cause.cause,',
    why: 'a cancel can’t be told from other ends',
  },
];
