import type { Peer } from '../transport/transport.ts';

/**
 * The events of a client, in their order: `connecting` once, then `connected` and `disconnected` as
 * a pair, with `goingAway` at most once between them, and `closed` at the very end. If connecting
 * fails, the pair does not come.
 */
export interface ClientEvents {
  /** The client starts to connect. */
  connecting: [
    event: { /** Counts from 1 again after each connection. */ readonly attempt: number },
  ];
  /** The connection is negotiated; the calls that waited are on their way. */
  connected: [event: ConnectedEvent];
  /**
   * The server takes no new calls and streams. It closes the connection when the calls and streams
   * under way have ended. Only servers that speak our extension announce this.
   */
  goingAway: [event: GoingAwayEvent];
  /** The connection is over: closed by either side, or lost. Its calls and streams have failed. */
  disconnected: [event: DisconnectedEvent];
  /** The client is closed for good. Its sockets may take a moment longer; `close()` waits for them. */
  closed: [event: { /** The reason. */ readonly cause: Error }];
}

/** The facts of a new connection. */
export interface ConnectedEvent {
  /** The address of the server, and the identity that TLS has proved. */
  readonly peer: Peer;
  /** The id that the server gave the connection; undefined where it has no streaming. */
  readonly connectionId: bigint | undefined;
  /** Whether the server speaks our extension; a plain Seastar does not. */
  readonly hasExtension: boolean;
}

/** The calls and streams that are under way while the server is going away. */
export interface GoingAwayEvent {
  /** Milliseconds that the server waits at most for them; undefined for no limit. */
  readonly graceMs: number | undefined;
  /** Calls that wait for their replies. */
  readonly calls: number;
  /** Streams that have not ended. */
  readonly streams: number;
}

/** How a connection ended. */
export interface DisconnectedEvent {
  /** The reason. After `close()` or `abort()` it is a ClosedError with the initiator `local`. */
  readonly cause: Error;
  /** Whether the client reconnects by itself; false in this release. */
  readonly willReconnect: boolean;
}

/** Tells the listeners of a client. */
export interface ClientEventTeller {
  /** Never throws. */
  tell<N extends keyof ClientEvents>(name: N, ...args: ClientEvents[N]): void;
}
