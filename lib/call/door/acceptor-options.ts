import type { Peer } from '../../transport/transport.ts';
import type { Group } from '../limits/group.ts';

/** A client that asks to connect. */
export interface ConnectRequest {
  /** The address of the client, and the identity that TLS has proved. */
  readonly peer: Peer;
  /** The client's option `token`; undefined if it has none, or is a plain Seastar. */
  readonly token: string | undefined;
}

/** The rules for letting connections in, and for negotiating them. */
export interface AcceptorOptions {
  readonly maxConnections: number;
  readonly maxNegotiatingPerAddress: number;
  readonly handshakesPerSecond: number;
  readonly failedParentDelayMs: number;
  readonly isChildBoundToPeer: boolean;
  readonly hasStreaming: boolean;
  /** Whether to speak our extension. */
  readonly hasExtension: boolean;
  /** The number of this process in a cluster; undefined outside of one. */
  readonly shard: number | undefined;
  readonly filterConnection: ((peer: Peer) => boolean | Promise<boolean>) | undefined;
  readonly authenticate: ((request: ConnectRequest) => unknown) | undefined;
  readonly isolate:
    ((cookie: string, peer: Peer) => Group | undefined | Promise<Group | undefined>) | undefined;
}
