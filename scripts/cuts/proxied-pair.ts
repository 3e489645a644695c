import type { Socket } from 'node:net';

/** Hears of a connection through a proxy. */
export interface PairListener {
  /** So many bytes have come from either side. They are passed on afterwards. */
  onBytes(count: number): void;
  /** It was reset as planned. */
  onCut(): void;
  /** Both sockets are closed, or will be. */
  onClose(): void;
}

/** One connection through a proxy: the client's socket and the server's. */
export class ProxiedPair {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #listener: PairListener;
  /** Bytes that still pass, either way, before it is reset. */
  #left = Infinity;
  #isOver = false;

  constructor(client: Socket, server: Socket, listener: PairListener) {
    this.#client = client;
    this.#server = server;
    this.#listener = listener;
    this.#carry(client, server);
    this.#carry(server, client);
  }

  /** Whether it will be reset after some more bytes. */
  get isDoomed(): boolean {
    return this.#left !== Infinity;
  }

  /** Resets it when so many more bytes have passed: within a chunk, if need be. */
  resetAfter(bytes: number): void {
    this.#left = bytes;
    if (bytes <= 0) this.#cut();
  }

  /** It is not reset after all. */
  spare(): void {
    this.#left = Infinity;
  }

  /** Resets both sockets. */
  reset(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#left = Infinity;
    for (const socket of [this.#client, this.#server]) {
      // Node resets only sockets that are connected, idle, and not ended by us; others it would keep.
      const { connecting, writableEnded, writableLength } = socket;
      if (connecting || writableEnded || writableLength > 0) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.#listener.onClose();
  }

  #carry(from: Socket, to: Socket): void {
    from.on('data', (chunk: Buffer) => this.#pass(chunk, from, to));
    from.on('end', () => to.end());
    from.on('error', () => this.reset());
    from.on('close', () => {
      if (this.#client.destroyed && this.#server.destroyed) this.#leave();
    });
  }

  #pass(chunk: Buffer, from: Socket, to: Socket): void {
    if (!this.#isOver) this.#listener.onBytes(chunk.length);
    // It may have been cut now.
    if (this.#isOver) return;
    if (chunk.length >= this.#left) {
      to.write(chunk.subarray(0, this.#left));
      this.#cut();
      return;
    }
    this.#left -= chunk.length;
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', () => from.resume());
  }

  #cut(): void {
    if (this.#isOver) return;
    this.reset();
    this.#listener.onCut();
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onClose();
  }
}
