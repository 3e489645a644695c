import { SourceSegment } from '../../lib/stream/lane/source-segment.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B2-12',
    of: SourceSegment,
    in: 'takeWhole',
    find: 'this.#receivedMessages += taken;',
    replace: '',
    why: 'items that are read in batches are not counted',
  },
];
