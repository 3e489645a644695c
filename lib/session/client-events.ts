import type { Dialed } from '../connection/handshake/dialer.ts';
import type { Peer } from '../transport/transport.ts';

/**
 * The events of a client, in their order: `connecting`, `connected`, and `disconnected` for each
 * connection, and `closed` at the very end. Before each attempt but the first one stands
 * `reconnecting`. When a server goes away, the next connection may be there before that one is over.
 */
export interface ClientEvents {
  /** The client starts to connect. */
  connecting: [
    event: { /** Counts from 1 again after each connection. */ readonly attempt: number },
  ];
  /** The client waits, and then makes another attempt to connect. */
  reconnecting: [event: ReconnectingEvent];
  /** The connection is negotiated; the calls that waited are on their way. */
  connected: [event: ConnectedEvent];
  /**
   * The server takes no new calls and streams. It closes the connection when the calls and streams
   * under way have ended; new ones wait for the next connection. Only servers that speak our extension
   * announce this.
   */
  goingAway: [event: GoingAwayEvent];
  /** A connection is over: closed by either side, or lost. Its calls and streams have failed. */
  disconnected: [event: DisconnectedEvent];
  /** The client is closed for good. Its sockets may take a moment longer; `close()` waits for them. */
  closed: [event: { /** The reason. */ readonly cause: Error }];
}

/** The next attempt to connect. */
export interface ReconnectingEvent {
  /** The number of the attempt; counts from 1 again after each connection. */
  readonly attempt: number;
  /** Milliseconds until it begins. */
  readonly delayMs: number;
  /** The reason why it is needed: the loss, or the failure of the attempt before. */
  readonly cause: Error;
}

/** The facts of a new connection. */
export interface ConnectedEvent {
  /** The address of the server, and the identity that TLS has proved. */
  readonly peer: Peer;
  /** The id that the server gave the connection; undefined where it has no streaming. */
  readonly connectionId: bigint | undefined;
  /** Whether the server speaks our extension; a plain Seastar does not. */
  readonly hasExtension: boolean;
  /**
   * Whether it goes on with the calls and streams of the connection before: the server has kept the
   * session.
   */
  readonly resumed: boolean;
}

/** Tells of a connection. */
export function connectedEvent({ agreed, link }: Dialed, resumed: boolean): ConnectedEvent {
  return {
    peer: link.peer,
    connectionId: agreed.connectionId,
    hasExtension: agreed.capabilities.mainMessages,
    resumed,
  };
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
  /** The id that the server gave the connection; undefined where it has no streaming. */
  readonly connectionId: bigint | undefined;
  /** The reason. After `close()` or `abort()` it is a ClosedError with the initiator `local`. */
  readonly cause: Error;
  /** Whether the client goes on: it has another connection, or tries to make one. */
  readonly willReconnect: boolean;
}

/** Tells the listeners of a client. */
export interface ClientEventTeller {
  /** Never throws. */
  tell<N extends keyof ClientEvents>(name: N, ...args: ClientEvents[N]): void;
}
