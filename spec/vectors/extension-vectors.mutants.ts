import { SinkSegment } from '../../lib/stream/lane/sink-segment.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F35',
    of: SinkSegment,
    in: 'writeEos',
    find: 'this.firstIndex + sentMessages',
    replace: 'this.firstIndex + sentMessages + 1',
    why: 'what is sent is not what was recorded',
  },
];
