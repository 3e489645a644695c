import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import { snapshotStream } from '../half/stream-snapshot.ts';
import { SinkSegment } from './sink-segment.ts';
import { SourceSegment } from './source-segment.ts';

/**
 * The stream on the lane with this id; undefined if it has failed, or nobody has opened it at this
 * end.
 */
export function snapshotSegment(id: bigint, segment: unknown): StreamSnapshot | undefined {
  if (segment instanceof SinkSegment) {
    const { listener, number, sinkState } = segment;
    if (listener === undefined || sinkState.phase === 'failed') return undefined;
    const state = sinkState.phase === 'open' ? 'open' : 'ending';
    const facts = { side: 'producer', kind: 'value', id, number, state } as const;
    return snapshotStream(facts, listener.figures());
  }
  if (!(segment instanceof SourceSegment)) return undefined;
  const { listener, number, sourceState } = segment;
  if (listener === undefined || sourceState.phase !== 'open') return undefined;
  const facts = { side: 'consumer', kind: 'value', id, number, state: 'open' } as const;
  return snapshotStream(facts, listener.figures());
}
