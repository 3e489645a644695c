import type {
  DialOptions,
  Endpoint,
  Peer,
  SocketHandlers,
  Transport,
  TransportSocket,
} from '../../../lib/transport/transport.ts';

/** Changes the bytes of one connection on their way. */
export interface Tamper {
  /** Bytes that are written. */
  out(bytes: Buffer): Buffer;
  /** Bytes that arrive. */
  in(bytes: Buffer): Buffer;
}

/** A network that changes the bytes of the connections that are dialed through it. */
export function tamperedNetwork(network: Transport, makeTamper: () => Tamper): Transport {
  return {
    dial: async (endpoint: Endpoint, options: DialOptions) =>
      new TamperedSocket(await network.dial(endpoint, options), makeTamper()),
    listen: (endpoint, handlers) => network.listen(endpoint, handlers),
  };
}

class TamperedSocket implements TransportSocket {
  readonly #socket: TransportSocket;
  readonly #tamper: Tamper;

  constructor(socket: TransportSocket, tamper: Tamper) {
    this.#socket = socket;
    this.#tamper = tamper;
  }

  get peer(): Peer {
    return this.#socket.peer;
  }

  get unsentBytes(): number | undefined {
    return this.#socket.unsentBytes;
  }

  attach(handlers: SocketHandlers): void {
    this.#socket.attach({
      onData: (chunk) => handlers.onData(this.#tamper.in(chunk)),
      onEnd: () => handlers.onEnd(),
      onDrain: () => handlers.onDrain(),
      onProgress: () => handlers.onProgress(),
      onClose: (error) => handlers.onClose(error),
    });
  }

  write(segments: readonly Uint8Array[]): boolean {
    return this.#socket.write([this.#tamper.out(Buffer.concat(segments))]);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  reset(): void {
    this.#socket.reset();
  }
}
