import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import type { HalfListener } from '../half/half-listener.ts';
import type { HalfState } from '../half/half-state.ts';
import { snapshotStream } from '../half/stream-snapshot.ts';

/** A child connection, as a snapshot sees it. */
export interface ShownChild {
  readonly id: bigint;
  readonly sinkState: HalfState;
  readonly sourceState: HalfState;
  /** Whether the peer's reader may still take our end of stream. */
  readonly isUnconfirmed: boolean;
}

/** The directions of a child connection that are open, or have an unconfirmed end. */
export function snapshotChild(
  child: ShownChild,
  sink: HalfListener | undefined,
  source: HalfListener | undefined,
): StreamSnapshot[] {
  const { id, sinkState, sourceState } = child;
  const streams: StreamSnapshot[] = [];
  const isEnding = sinkState.phase === 'ended' && child.isUnconfirmed;
  if (sink !== undefined && (sinkState.phase === 'open' || isEnding)) {
    const state = isEnding ? 'ending' : 'open';
    const facts = { side: 'producer', kind: 'verb', id, number: undefined, state } as const;
    streams.push(snapshotStream(facts, sink.figures()));
  }
  if (source !== undefined && sourceState.phase === 'open') {
    const facts = { side: 'consumer', kind: 'verb', id, number: undefined, state: 'open' } as const;
    streams.push(snapshotStream(facts, source.figures()));
  }
  return streams;
}
