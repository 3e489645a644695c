import { LaneFrameDecoder } from '../../lib/wire/lane-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F9',
    of: LaneFrameDecoder,
    find: 'length > MAX_LANE_FRAME_BYTES',
    replace: 'length >= MAX_LANE_FRAME_BYTES',
    why: 'a lane frame of the limit is refused',
  },
];
