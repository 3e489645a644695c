import type { Peer } from '../transport/transport.ts';

/**
 * The events of a client, in the order in which they come: `connecting` once, then `connected` and
 * `disconnected` as a pair, with `goingAway` at most once between them, and `closed` at the very end.
 * Where no connection comes to be there is no pair. A client that connects anew by itself, as a later
 * release will, repeats all but `closed`.
 */
export interface ClientEvents {
  /** It starts to connect. */
  connecting: [
    event: { /** Counts from 1, anew after each connection. */ readonly attempt: number },
  ];
  /** The connection is negotiated; calls that waited are on their way. */
  connected: [event: ConnectedEvent];
  /**
   * The server takes no new calls and streams, and closes the connection when those under way have
   * ended. Only told by servers that speak our extension.
   */
  goingAway: [event: GoingAwayEvent];
  /** The connection is over: closed by either side, or lost. Its calls and streams have failed. */
  disconnected: [event: DisconnectedEvent];
  /** The client is closed for good. Its sockets may take a moment longer; `close()` waits for them. */
  closed: [event: { /** Why. */ readonly cause: Error }];
}

/** The facts of a new connection. */
export interface ConnectedEvent {
  /** The address of the server, and the identity that TLS proved. */
  readonly peer: Peer;
  /** The id that the server gave the connection; undefined where it has no streaming. */
  readonly connectionId: bigint | undefined;
  /** Whether the server speaks our extension; a plain Seastar does not. */
  readonly hasExtension: boolean;
}

/** The calls and streams that are under way while the server is going away. */
export interface GoingAwayEvent {
  /** Milliseconds that the server waits for it at most; undefined for as long as it takes. */
  readonly graceMs: number | undefined;
  /** Calls that wait for their replies. */
  readonly calls: number;
  /** Streams that have not ended. */
  readonly streams: number;
}

/** How a connection ended. */
export interface DisconnectedEvent {
  /** Why. After `close()` or `abort()` a ClosedError that we caused. */
  readonly cause: Error;
  /** Whether the client connects anew by itself; false in this release. */
  readonly willReconnect: boolean;
}

/** Tells the listeners of a client. */
export interface ClientEventTeller {
  /** Never throws. */
  tell<N extends keyof ClientEvents>(name: N, ...args: ClientEvents[N]): void;
}
