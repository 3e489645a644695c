/** The other end of a socket. */
export interface Peer {
  /** The IP address, or the path of a unix socket. */
  readonly address: string;
  /** 0 for a unix socket. */
  readonly port: number;
  /** The kind of address; `memory` for the transport in memory. */
  readonly family: 'IPv4' | 'IPv6' | 'unix' | 'memory';
  /** The identity that TLS proved; undefined without TLS. */
  readonly tls?: TlsIdentity | undefined;
}

/** The identity of a peer, as TLS proved it. */
export interface TlsIdentity {
  /** Whether the peer showed a certificate that our certificate authorities confirm. */
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

/** The events of a socket, for its owner. All of them come after `attach`, none after `onClose`. */
export interface SocketHandlers {
  /** Bytes arrived. The chunk belongs to the receiver; the transport never uses its memory again,
   * unless `readInto` gives it again. */
  onData(chunk: Buffer): void;
  /**
   * The memory to read the next bytes into, or undefined where it does not matter. A transport that
   * can read into it passes those bytes to `onData` as a view of it. Other transports need not ask.
   */
  readInto?(): Buffer | undefined;
  /** The peer has ended its direction (FIN). */
  onEnd(): void;
  /**
   * Comes after a `write` that returned false: the kernel has now taken all bytes of earlier
   * writes.
   */
  onDrain(): void;
  /** The kernel took some written bytes, or the socket is gone. For stall timers. */
  onProgress(): void;
  /** The socket is gone. Called exactly once, last. `error` is undefined after an orderly end. */
  onClose(error: Error | undefined): void;
}

/**
 * A connected byte stream. Half-open: our direction stays open after the peer's FIN until `end`.
 */
export interface TransportSocket {
  /** The other end. */
  readonly peer: Peer;
  /**
   * Bytes of earlier writes that the kernel has not taken, if the transport can tell. It shows that
   * a peer is taking parts of a large write.
   */
  readonly unsentBytes?: number | undefined;

  /** Sets the receiver of events, once. The socket reads nothing before that. */
  attach(handlers: SocketHandlers): void;

  /**
   * Writes the segments in one go, in order.
   *
   * @returns true when the kernel has taken everything, so that the memory is the caller's again.
   * False when some bytes wait; they wait until `onDrain`.
   */
  write(segments: readonly Uint8Array[]): boolean;

  /** Stops reading after the chunk that is being delivered. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Ends our direction (FIN) when all written bytes are out. */
  end(): void;
  /** Closes at once and drops unwritten bytes. `onClose` follows, with `error` if given. */
  destroy(error?: Error): void;
  /** Closes at once with a reset (RST), if the transport has resets. */
  reset(): void;
}

/** A connection that was accepted, and whose TLS handshake is under way. */
export interface TlsHandshake {
  /** The other end, of which TLS has proved nothing so far. */
  readonly peer: Peer;
  /** Closes the connection at once. */
  destroy(): void;
}

/** The events of a listener, for its owner. */
export interface ListenerHandlers {
  /**
   * A connection was accepted, and its TLS handshake is to begin. Called before a byte is read, by
   * transports that can tell. `onSocket` or `onError` follows with the same handshake.
   *
   * @returns false to refuse the connection: it is closed, and nothing more is told of it.
   */
  onHandshake?(handshake: TlsHandshake): boolean | Promise<boolean>;
  /**
   * A connection was accepted. It belongs to the receiver.
   *
   * @param handshake - the one that is over now, where `onHandshake` was told of it.
   */
  onSocket(socket: TransportSocket, handshake?: TlsHandshake): void;
  /**
   * A connection could not be accepted or set up (TLS, EMFILE …). The listener goes on.
   *
   * @param handshake - the one that has failed, where `onHandshake` was told of it.
   */
  onError(error: Error, handshake?: TlsHandshake): void;
}

/** Accepts connections until closed. */
export interface TransportListener {
  /** The address that it listens on, with the port that was chosen. */
  readonly address: Peer;
  /** Stops accepting. Sockets that were accepted stay open. */
  close(): Promise<void>;
  /** Replaces the TLS certificate for connections to come. Throws without TLS. */
  reloadTls(options: object): void;
}

/** Bounds for dialing. */
export interface DialOptions {
  /** Stops dialing when it fires; dialing rejects with its reason. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/** A source of sockets. There is one for the machine's network, and one in memory. */
export interface Transport {
  /** Connects once. @throws the system's error as it is. */
  dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket>;
  /** Listens. @throws the system's error as it is. */
  listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener>;
}

/**
 * The address to connect to or to listen on, resolved and checked. `ConnectionOptions` says what
 * each field means.
 */
export interface Endpoint {
  /** Host name or address. Undefined listens on every address. */
  readonly host?: string | undefined;
  /** TCP port. 0 lets the system choose. */
  readonly port?: number | undefined;
  /** Path of a unix socket, in place of host and port. */
  readonly path?: string | undefined;
  /**
   * The IP address at which an earlier connection has reached `host`: it is dialed, and the name is not
   * looked up again. It counts only while `host` is the same, so that whoever dials another one can pass
   * the rest of an endpoint on. TLS still asks for `host`.
   */
  readonly reached?: { readonly host: string; readonly address: string } | undefined;
  /** Node's `tls` options; undefined for plain text. */
  readonly tls?: object | undefined;
  /** The address to dial from. Undefined lets the system choose. */
  readonly localAddress?: string | undefined;
  /** The kind of addresses of the host to use; 0 or undefined for both kinds. */
  readonly family?: 0 | 4 | 6 | undefined;
  /** Whether small packets are sent at once. */
  readonly noDelay: boolean;
  /** Milliseconds until the first TCP keepalive probe; 0 means no keepalive. */
  readonly keepAliveDelayMs: number;
  /** Connections that may wait to be accepted; only for listeners. */
  readonly backlog?: number | undefined;
}
