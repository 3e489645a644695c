import { networkTransport } from '../../lib/transport/network/transport.ts';
import type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  Peer,
  SocketHandlers,
  Transport,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';
import { until } from './turns.ts';

/** A network that keeps count of its sockets and of what is done to them. */
export class WatchedTransport implements Transport {
  /** In the order in which they were dialed or accepted, also those that are gone. */
  readonly sockets: WatchedSocket[] = [];
  readonly #network: Transport;

  constructor(network: Transport = networkTransport) {
    this.#network = network;
  }

  /** Sockets that are not closed. */
  get openCount(): number {
    return this.sockets.filter((socket) => !socket.isClosed).length;
  }

  /** Resolves when as many sockets are open. */
  async whenOpen(count: number): Promise<void> {
    await until(() => this.openCount === count);
  }

  async dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket> {
    return this.#watch(await this.#network.dial(endpoint, options));
  }

  listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener> {
    return this.#network.listen(endpoint, {
      onSocket: (socket) => handlers.onSocket(this.#watch(socket)),
      onError: (error) => handlers.onError(error),
    });
  }

  #watch(socket: TransportSocket): WatchedSocket {
    const watched = new WatchedSocket(socket);
    this.sockets.push(watched);
    return watched;
  }
}

/** One socket, with what its owner did to it. */
export class WatchedSocket implements TransportSocket {
  isPaused = false;
  /** Whether our direction was ended. */
  isEnded = false;
  isDestroyed = false;
  isReset = false;
  isClosed = false;
  readBytes = 0;
  /** Those of them that were read to where their owner wanted them. */
  placedBytes = 0;
  writtenBytes = 0;
  /** Calls of `write`. */
  writeCount = 0;
  readonly #socket: TransportSocket;

  constructor(socket: TransportSocket) {
    this.#socket = socket;
  }

  get peer(): Peer {
    return this.#socket.peer;
  }

  attach(handlers: SocketHandlers): void {
    let place: Buffer | undefined;
    this.#socket.attach({
      onData: (chunk) => {
        this.readBytes += chunk.length;
        if (chunk.buffer === place?.buffer) this.placedBytes += chunk.length;
        handlers.onData(chunk);
      },
      readInto: () => (place = handlers.readInto?.()),
      onEnd: () => handlers.onEnd(),
      onDrain: () => handlers.onDrain(),
      onProgress: () => handlers.onProgress(),
      onClose: (error) => {
        this.isClosed = true;
        handlers.onClose(error);
      },
    });
  }

  write(segments: readonly Uint8Array[]): boolean {
    this.writeCount++;
    for (const segment of segments) this.writtenBytes += segment.length;
    return this.#socket.write(segments);
  }

  pause(): void {
    this.isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.#socket.resume();
  }

  end(): void {
    this.isEnded = true;
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.isDestroyed = true;
    this.#socket.destroy(error);
  }

  reset(): void {
    this.isReset = true;
    this.#socket.reset();
  }
}
