import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import type { StreamFigures } from '../../diagnostics/stream-figures.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';

/** The facts of a stream beside its figures. */
export interface StreamFacts extends Pick<StreamSnapshot, 'side' | 'kind' | 'number' | 'state'> {
  /** Of the connection that carries it. */
  readonly id: bigint;
}

/** One direction of a stream at this moment. */
export function snapshotStream(facts: StreamFacts, figures: StreamFigures): StreamSnapshot {
  return Object.freeze({
    ...facts,
    id: redactConnectionId(facts.id),
    ...figures,
    waitedMs: Object.freeze(figures.waitedMs),
  });
}
