import type { Peer } from '../../transport/transport.ts';
import type { Group } from '../limits/group.ts';

/** A client that asks to connect. */
export interface ConnectRequest {
  /** Its address, and what TLS proved. */
  readonly peer: Peer;
  /** The client's option `token`; undefined without one, or from a plain Seastar. */
  readonly token: string | undefined;
}

/** Says which connections are let in, and how they are negotiated. */
export interface AcceptorOptions {
  readonly maxConnections: number;
  readonly maxNegotiatingPerAddress: number;
  readonly handshakesPerSecond: number;
  readonly failedParentDelayMs: number;
  readonly isChildBoundToPeer: boolean;
  readonly hasStreaming: boolean;
  /** Whether to speak our extension. */
  readonly hasExtension: boolean;
  /** This process' place in a cluster; undefined outside of one. */
  readonly shard: number | undefined;
  readonly filterConnection: ((peer: Peer) => boolean) | undefined;
  readonly authenticate: ((request: ConnectRequest) => unknown) | undefined;
  readonly isolate:
    ((cookie: string, peer: Peer) => Group | undefined | Promise<Group | undefined>) | undefined;
}
