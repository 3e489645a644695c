import type { StreamFigures } from './stream-figures.ts';

/**
 * Everything that is alive at a client or a server at one moment. Frozen, and plain enough for
 * JSON.
 */
export interface Snapshot {
  /** The end that the snapshot is of. */
  readonly side: 'client' | 'server';
  /** The state of the client's connection; or whether the server takes new clients. */
  readonly state: 'connecting' | 'connected' | 'reconnecting' | 'listening' | 'closing' | 'closed';
  /** The number of connections of all kinds that are being dialed or negotiated. */
  readonly opening: number;
  /** The number of background works that a server's handlers have left. */
  readonly background: number;
  /** One session for a client until it is closed, and one for each client of a server. */
  readonly sessions: readonly SessionSnapshot[];
  /** The main connections of the session. */
  readonly connections: readonly ConnectionSnapshot[];
}

/** The state of a client, as opposed to the state of its connections. */
export interface SessionSnapshot {
  /**
   * The last digits of the id of its main connection; undefined without one, or if there is no
   * streaming.
   */
  readonly id: string | undefined;
  /** At a client: the number of calls that wait to be sent. */
  readonly queuedCalls: number;
  /**
   * The number of streams in values that this side has offered and that are not over, as
   * `limits.maxPromised` counts them.
   */
  readonly promisedStreams: number;
  /**
   * The number of streams in values that the other side has offered and that nobody has read from
   * yet.
   */
  readonly unopenedStreams: number;
}

/** A main connection, with the connections of its streams. */
export interface ConnectionSnapshot {
  /** The other end, `address:port`. */
  readonly peer: string;
  /**
   * The last digits of its id, enough to tell connections apart; undefined if the server has no
   * streaming.
   */
  readonly id: string | undefined;
  /** Whether neither side has ended it. */
  readonly isOpen: boolean;
  /** Whether received bytes are left unread, because calls wait for places or memory. */
  readonly isPaused: boolean;
  /** Milliseconds since the connection was made. */
  readonly ageMs: number;
  /**
   * Milliseconds from the last answered ping to its answer; undefined before the first answer. A
   * ping is sent when nothing has come for `limits.pingIntervalMs`.
   */
  readonly roundTripMs: number | undefined;
  /** Bytes that have come so far, without those of streams. */
  readonly receivedBytes: number;
  /** Bytes that the kernel has taken so far, without those of streams. */
  readonly sentBytes: number;
  /** Bytes that wait for the kernel. */
  readonly bufferedBytes: number;
  /**
   * At a client: the number of calls that wait for their replies. At a server: the number of calls
   * with a handler that runs or waits for its turn.
   */
  readonly runningCalls: number;
  /** The number of connections of verbs' streams. */
  readonly children: number;
  /** The number of connections for streams in values. */
  readonly lanes: number;
  /** The number of lanes that carry no stream now. */
  readonly idleLanes: number;
  /** Both directions of verbs' streams, and the running streams in values. */
  readonly streams: readonly StreamSnapshot[];
}

/** One direction of a stream, as this end sees it. */
export interface StreamSnapshot extends StreamFigures {
  /** Whether this side sends or reads. */
  readonly side: 'producer' | 'consumer';
  /** Whether a verb names the stream, or a value holds it. */
  readonly kind: 'verb' | 'value';
  /** The last digits of the id of its connection: a child of its own, or a lane. */
  readonly id: string;
  /** The number of a stream in a value; undefined for a verb's stream. */
  readonly number: number | undefined;
  /**
   * Whether the stream goes on; or its end was sent, and the other side's reader has not taken the
   * end.
   */
  readonly state: 'open' | 'ending';
}
