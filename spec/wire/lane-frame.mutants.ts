import { decodeLaneFrame, LaneFrameDecoder } from '../../lib/wire/lane-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F9',
    of: LaneFrameDecoder,
    find: 'length > MAX_LANE_FRAME_BYTES',
    replace: 'length >= MAX_LANE_FRAME_BYTES',
    why: 'a lane frame of the limit is refused',
  },
  {
    row: 'F35',
    of: decodeLaneFrame,
    find: 'type <',
    replace: 'type <=',
    why: 'a lane frame is passed over that its reader has to know',
  },
];
