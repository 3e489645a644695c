import { Children } from '../../lib/stream/handles/children.ts';
import { MovingStream } from '../../lib/stream/verb/moving-stream.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'E2',
    of: Children,
    in: 'places',
    find: 'Math.max(size, connections)',
    replace: 'connections',
    why: 'a stream that waits for another connection takes no place',
  },
  {
    row: 'L10',
    of: MovingStream,
    in: '#sendOn',
    find: '{ number: 0, taken, acknowledged, attempt }',
    replace: '{ number: 0, taken: Math.max(taken, sink.sentItems), acknowledged, attempt }',
    why: 'messages that were sent and not taken are missing when the stream goes on',
  },
];
