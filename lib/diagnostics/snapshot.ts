import type { StreamFigures } from './stream-figures.ts';

/** All that is alive at a client or a server, at one moment. Frozen, and plain enough for JSON. */
export interface Snapshot {
  /** The end that it is of. */
  readonly side: 'client' | 'server';
  /** Where the client's connection stands, or whether the server takes new clients. */
  readonly state: 'connecting' | 'connected' | 'listening' | 'closing' | 'closed';
  /** Connections of all kinds that are being opened: dialed, or negotiated. */
  readonly opening: number;
  /** Work that a server's handlers have left in the background. */
  readonly background: number;
  /** One of a client until it is closed, and one for each client of a server. */
  readonly sessions: readonly SessionSnapshot[];
  /** Main connections. */
  readonly connections: readonly ConnectionSnapshot[];
}

/** A client's part that belongs to none of its connections. */
export interface SessionSnapshot {
  /** The end of the id of its main connection; undefined without one, or where there is no streaming. */
  readonly id: string | undefined;
  /** At a client: calls that wait to be sent. */
  readonly queuedCalls: number;
  /** Streams in values that this side has promised and that are not over, as `limits.maxPromised` counts them. */
  readonly promisedStreams: number;
  /** Streams in values that the other side has promised and that nobody has read from yet. */
  readonly unopenedStreams: number;
}

/** A main connection, with the connections of its streams. */
export interface ConnectionSnapshot {
  /** The other end, `address:port`. */
  readonly peer: string;
  /** The end of its id, enough to tell connections apart; undefined where the server has no streaming. */
  readonly id: string | undefined;
  /** Whether neither side has ended it. */
  readonly isOpen: boolean;
  /** Whether bytes that come are left unread: its calls wait for places or memory. */
  readonly isPaused: boolean;
  /** Milliseconds since it was made. */
  readonly ageMs: number;
  /** Milliseconds from the last ping to its answer; undefined before there was one. Pings are sent when nothing has come for `limits.pingIntervalMs`. */
  readonly roundTripMs: number | undefined;
  /** Bytes that have come so far, without those of streams. */
  readonly receivedBytes: number;
  /** Bytes that the kernel has taken so far, without those of streams. */
  readonly sentBytes: number;
  /** Bytes that wait for the kernel. */
  readonly bufferedBytes: number;
  /** At a client: calls that wait for their replies. At a server: calls with handlers that run or wait for their turn. */
  readonly runningCalls: number;
  /** Connections of verbs' streams. */
  readonly children: number;
  /** Connections for streams in values. */
  readonly lanes: number;
  /** Lanes that carry no stream now. */
  readonly idleLanes: number;
  /** Both directions of verbs' streams, and the streams in values that run. */
  readonly streams: readonly StreamSnapshot[];
}

/** One direction of a stream, at this end. */
export interface StreamSnapshot extends StreamFigures {
  /** Whether this side sends or reads. */
  readonly side: 'producer' | 'consumer';
  /** Whether a verb names it, or a value holds it. */
  readonly kind: 'verb' | 'value';
  /** The end of the id of the connection that carries it: its own, or a lane. */
  readonly id: string;
  /** Of a stream in a value: its number. */
  readonly number: number | undefined;
  /** Whether it goes on, or its end is sent and the other side's reader has not taken that. */
  readonly state: 'open' | 'ending';
}
