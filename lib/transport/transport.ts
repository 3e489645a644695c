/** Who is at the other end of a socket. */
export interface Peer {
  /** The IP address, or the path of a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** What kind of address it is; `memory` for the twin in memory. */
  readonly family: 'IPv4' | 'IPv6' | 'unix' | 'memory';
  /** What TLS proved about the peer; undefined without TLS. */
  readonly tls?: TlsIdentity | undefined;
}

/** What TLS proved about a peer. */
export interface TlsIdentity {
  /** Whether the peer showed a certificate that our authorities vouch for. */
  readonly isAuthorized: boolean;
  /** The certificate's subject common name, if it showed one. */
  readonly commonName?: string | undefined;
  /** The certificate's subject alternative names, as Node prints them. */
  readonly subjectAltName?: string | undefined;
  /** The certificate's SHA-256 fingerprint, if it showed one. */
  readonly fingerprint256?: string | undefined;
  /** The protocol that ALPN chose, if any. */
  readonly alpnProtocol?: string | undefined;
}

/** What a socket tells its owner. All of it happens after `attach`, nothing after `onClose`. */
export interface SocketHandlers {
  /** Bytes arrived. The chunk belongs to the receiver; its memory is never reused. */
  onData(chunk: Buffer): void;
  /**
   * Where the next bytes are best read to, or undefined where that does not matter. A transport that
   * can do so passes what it has read there as a view of it to `onData`; others need not ask.
   */
  readInto?(): Buffer | undefined;
  /** The peer has ended its direction (FIN). */
  onEnd(): void;
  /** All bytes of earlier writes are with the kernel, after a `write` that returned false. */
  onDrain(): void;
  /** Some written bytes went out or the socket is gone; for stall timers. */
  onProgress(): void;
  /** The socket is gone: exactly once, last. `error` is undefined after an orderly end. */
  onClose(error: Error | undefined): void;
}

/**
 * A connected byte stream. Half-open: our direction stays open after the peer's FIN until `end`.
 */
export interface TransportSocket {
  /** Who is at the other end. */
  readonly peer: Peer;
  /**
   * Bytes of earlier writes that the kernel has not taken, where the transport can tell: it shows
   * that a peer takes something of a large write.
   */
  readonly unsentBytes?: number | undefined;

  /** Sets the receiver of events, once. Nothing is read before it. */
  attach(handlers: SocketHandlers): void;

  /**
   * Writes the segments in one go, in order.
   *
   * @returns true when the kernel has taken everything, so that the memory is the caller's again;
   *   false when some of it waits, until `onDrain`.
   */
  write(segments: readonly Uint8Array[]): boolean;

  /** Stops reading, as soon as the chunk in hand is delivered. */
  pause(): void;
  /** Reads on. */
  resume(): void;
  /** Ends our direction (FIN) when all written bytes are out. */
  end(): void;
  /** Closes at once; unwritten bytes are dropped. `onClose` follows, with `error` if given. */
  destroy(error?: Error): void;
  /** Closes at once with a reset (RST), where the transport has such a thing. */
  reset(): void;
}

/** What a listener tells its owner. */
export interface ListenerHandlers {
  /** A connection was accepted; it belongs to the receiver. */
  onSocket(socket: TransportSocket): void;
  /** A connection could not be accepted or set up (TLS, EMFILE …). The listener lives on. */
  onError(error: Error): void;
}

/** Accepts connections until closed. */
export interface TransportListener {
  /** Where it listens, with the port that was chosen. */
  readonly address: Peer;
  /** Stops accepting. Sockets that were accepted live on. */
  close(): Promise<void>;
  /** Replaces the TLS certificate for connections to come. Throws without TLS. */
  reloadTls(options: object): void;
}

/** Bounds for dialing. */
export interface DialOptions {
  /** Gives up when it fires; dialing rejects with its reason. Default: never. */
  readonly signal?: AbortSignal | undefined;
}

/** Where sockets come from. One for the machine's network, and a twin in memory. */
export interface Transport {
  /** Connects once. @throws the system's error as it is. */
  dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket>;
  /** Listens. @throws the system's error as it is. */
  listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener>;
}

/** Where to connect to or to listen, resolved and checked; see `ConnectionOptions` for what each means. */
export interface Endpoint {
  /** Host name or address; undefined listens on every address. */
  readonly host?: string | undefined;
  /** TCP port; 0 lets the system choose. */
  readonly port?: number | undefined;
  /** Path of a unix socket, in place of host and port. */
  readonly path?: string | undefined;
  /** Node's `tls` options; undefined for plain text. */
  readonly tls?: object | undefined;
  /** The address to dial from; undefined lets the system choose. */
  readonly localAddress?: string | undefined;
  /** Which addresses of the host to use; 0 or undefined for both kinds. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Whether small packets go at once. */
  readonly noDelay: boolean;
  /** Delay of the first TCP keepalive probe; 0 = no keepalive. */
  readonly keepAliveDelayMs: number;
  /** Connections that may wait to be accepted; only for listeners. */
  readonly backlog?: number | undefined;
}
