import type { Link } from '../../connection/link/link.ts';
import { StreamClosedError } from '../../errors/errors.ts';
import type { LaneInput } from './segment.ts';

/** The cause of the end of a lane's input. A peer that has ended within a frame is to blame. */
export function cutBy({ cutFrame, end }: LaneInput, { isPeerEnded }: Link): unknown {
  if (cutFrame === undefined || !isPeerEnded) return end;
  return new StreamClosedError(`unexpected eof ${cutFrame}`, 'remote', end);
}
