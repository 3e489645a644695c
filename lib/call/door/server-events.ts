import type { Peer } from '../../transport/transport.ts';

/**
 * The events of a server: `connected` and `disconnected` as a pair for each client, `draining` at
 * most once, and `closed` at the very end.
 */
export interface ServerEvents {
  /** A client is connected: its connection is negotiated, and nothing of it was served yet. */
  connected: [event: ClientConnected];
  /**
   * The server begins to close in order. It lets no new clients in, refuses new calls, and waits for
   * those under way. The `draining` signals of their contexts fire after it. An `abort` does not wait,
   * so it does not announce itself.
   */
  draining: [event: DrainingEvent];
  /** The connection of a client is closed, with its socket: by either side, or lost. */
  disconnected: [event: ClientDisconnected];
  /** The server is closed for good, and so are all its sockets. */
  closed: [event: { /** The reason. */ readonly cause: Error }];
}

/** The client of a connection. */
interface ConnectedClient {
  /** The address of the client, and the identity that TLS has proved. */
  readonly peer: Peer;
  /** The id of the main connection, which `abortConnection` takes. It is a secret: don't log it. */
  readonly connectionId: bigint;
}

/** The facts of a new client. */
export interface ClientConnected extends ConnectedClient {
  /** The result of the `authenticate` hook; undefined without a hook. */
  readonly principal: unknown;
  /** Whether the client speaks our extension; a plain Seastar does not. */
  readonly hasExtension: boolean;
}

/** How the connection of a client ended. */
export interface ClientDisconnected extends ConnectedClient {
  /** The reason. If the server has ended it, this is a ClosedError with the initiator `local`. */
  readonly cause: Error;
}

/** A server that begins to close in order. */
export interface DrainingEvent {
  /** Milliseconds that the server waits at most for calls and streams under way. */
  readonly graceMs: number;
  /** Clients that are connected. */
  readonly connections: number;
}

/** Tells the listeners of a server. */
export interface ServerEventTeller {
  /** Never throws. */
  tell<N extends keyof ServerEvents>(name: N, ...args: ServerEvents[N]): void;
}
