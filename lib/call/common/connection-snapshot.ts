import type { Link } from '../../connection/link/link.ts';
import { placeName } from '../../connection/link/peer-name.ts';
import type { ConnectionSnapshot, SessionSnapshot } from '../../diagnostics/snapshot.ts';
import type { Children } from '../../stream/handles/children.ts';
import type { Lane } from '../../stream/lane/lane.ts';
import type { ValueStreams } from '../../stream/value/value-streams.ts';

/** A main connection with its calls and streams. */
export interface ShownConnection {
  readonly link: Link;
  readonly children: Children;
  readonly lanes: readonly Lane[];
  readonly runningCalls: number;
  readonly roundTripMs: number | undefined;
}

/** The current state of a main connection. Walks through its tables once. */
export function snapshotConnection(shown: ShownConnection): ConnectionSnapshot {
  const { link, lanes, runningCalls, roundTripMs } = shown;
  const streams = [
    ...shown.children.snapshot(),
    ...lanes.map((lane) => lane.snapshot()).filter((stream) => stream !== undefined),
  ];
  return Object.freeze({
    peer: placeName(link.peer),
    id: link.use?.shownId,
    isOpen: link.phase === 'open' && !link.isPeerEnded,
    isPaused: link.isPaused,
    ageMs: link.ageMs,
    roundTripMs,
    receivedBytes: link.receivedBytes,
    sentBytes: link.writer.sentBytes,
    bufferedBytes: link.writer.bufferedBytes,
    runningCalls,
    children: shown.children.size,
    lanes: lanes.length,
    idleLanes: lanes.filter((lane) => lane.isIdle).length,
    streams: Object.freeze(streams),
  });
}

/** @param id - the shown id of its main connection; undefined while there is none. */
export function snapshotSession(
  id: string | undefined,
  valueStreams: ValueStreams | undefined,
  queuedCalls: number,
): SessionSnapshot {
  return Object.freeze({
    id,
    queuedCalls,
    promisedStreams: valueStreams?.producedCount ?? 0,
    unopenedStreams: valueStreams?.consumedCount ?? 0,
  });
}
