import { snapshotSession } from '../call/common/connection-snapshot.ts';
import type { Snapshot } from '../diagnostics/snapshot.ts';
import type { ValueStreams } from '../stream/value/value-streams.ts';
import type { Attachments } from './attachments.ts';
import type { ClientState } from './client-state.ts';

/** The parts of a client's snapshot that are not its connections. */
interface ShownClient {
  readonly state: ClientState;
  readonly opening: number;
  readonly isOver: boolean;
  readonly valueStreams: ValueStreams;
  /** Those that wait to be sent. */
  readonly calls: { readonly size: number };
}

/** The list of everything that is alive of a client now. */
export function snapshotClient({ all, current }: Attachments, shown: ShownClient): Snapshot {
  const connections = all
    .filter(({ main }) => main.link.phase !== 'closed')
    .map((attachment) => attachment.snapshot());
  const id = current?.main.link.use?.shownId;
  const session = snapshotSession(id, shown.valueStreams, shown.calls.size);
  return Object.freeze({
    side: 'client',
    state: shown.state,
    opening: shown.opening,
    background: 0,
    sessions: Object.freeze(shown.isOver ? [] : [session]),
    connections: Object.freeze(connections),
  });
}
