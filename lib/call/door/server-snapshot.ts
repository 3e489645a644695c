import type { Snapshot } from '../../diagnostics/snapshot.ts';
import { snapshotSession } from '../common/connection-snapshot.ts';
import type { Acceptor } from './acceptor.ts';
import type { AcceptorPhase } from './negotiated-links.ts';

const STATES: Readonly<Record<AcceptorPhase, Snapshot['state']>> = {
  open: 'listening',
  draining: 'closing',
  closed: 'closed',
};

/** The list of everything that is alive at a server now. */
export function snapshotServer(
  acceptor: Pick<Acceptor, 'phase' | 'opening' | 'connections' | 'sessions'>,
  background: number,
): Snapshot {
  const parts = [...acceptor.connections.values()].map((connection) => {
    const shown = connection.snapshot();
    const session = snapshotSession(shown.id, connection.streams.children.valueStreams, 0);
    return { shown, session };
  });
  const away = acceptor.sessions
    .away()
    .map(({ calls }) => snapshotSession(undefined, calls.streams?.valueStreams, 0));
  return Object.freeze({
    side: 'server',
    state: STATES[acceptor.phase],
    opening: acceptor.opening,
    background,
    sessions: Object.freeze([...parts.map(({ session }) => session), ...away]),
    connections: Object.freeze(parts.map(({ shown }) => shown)),
  });
}
