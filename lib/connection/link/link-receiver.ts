/** Takes the events of a link: first the negotiation is the receiver, then the protocol. */
export interface LinkReceiver {
  /** Bytes came. They belong to the receiver now. */
  onData(chunk: Buffer): void;
  /** See `SocketHandlers.readInto`. Without this method any place will do. */
  readInto?(): Buffer | undefined;
  /** The peer has ended its direction. */
  onEnd(): void;
  /** The link is closed, because of its `cause`. Called exactly once, last. */
  onClose(): void;
  /**
   * Set where `onClose` or later code calls `writer.lose` with the error of its stream. Otherwise what
   * waits at the writer gets the link's cause before `onClose`.
   */
  readonly losesWriter?: true;
}

/** Watches whether the peer of a link lives: the keepalive of a main connection does. */
export interface LifeWatch {
  /** Bytes came. */
  onReceived(): void;
  /** The kernel has taken all bytes that it had no room for. */
  onDrained(): void;
  /** The link is closed. */
  onClosed(): void;
}
