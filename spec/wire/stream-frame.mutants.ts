import { ByteQueue } from '../../lib/base/byte-queue.ts';
import { StreamFrameDecoder } from '../../lib/wire/stream-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W11',
    of: ByteQueue,
    in: 'gather',
    find: '#byteLength >= bytes',
    replace: '#byteLength > bytes',
    why: 'a message waits for a byte of the next one',
  },
  {
    row: 'F9',
    of: StreamFrameDecoder,
    in: 'laneFrameLength',
    find: 'length <= MAX_LANE_FRAME_BYTES',
    replace: 'length < MAX_LANE_FRAME_BYTES',
    why: 'a lane frame of the limit is refused',
  },
];
