import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import type { HalfListener } from '../half/half-listener.ts';
import type { HalfState } from '../half/half-state.ts';
import { snapshotStream } from '../half/stream-snapshot.ts';

/** A resumable stream of a verb, as a snapshot sees it. */
interface ShownStream {
  readonly id: bigint;
  readonly segment: { readonly sourceState: HalfState };
}

/** A sending direction, and whether its end was taken. */
interface ShownSink extends HalfListener {
  readonly isOpen: boolean;
  readonly isOver: boolean;
}

/** The directions that are open, or have an end that the peer has not taken. */
export function snapshotVerbStream(
  { id, segment }: ShownStream,
  sink: ShownSink | undefined,
  source: HalfListener | undefined,
): StreamSnapshot[] {
  const streams: StreamSnapshot[] = [];
  if (sink?.isOver === false) {
    const state = sink.isOpen ? 'open' : 'ending';
    const facts = { side: 'producer', kind: 'verb', id, number: undefined, state } as const;
    streams.push(snapshotStream(facts, sink.figures()));
  }
  if (source !== undefined && segment.sourceState.phase === 'open') {
    const facts = { side: 'consumer', kind: 'verb', id, number: undefined, state: 'open' } as const;
    streams.push(snapshotStream(facts, source.figures()));
  }
  return streams;
}
