import type {
  DialOptions,
  Endpoint,
  SocketHandlers,
  Transport,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';

/** What went over one connection in one direction, without a pause. */
export interface Recorded {
  /** Connections are counted from 0, in the order of dialing. */
  readonly connection: number;
  readonly isToServer: boolean;
  readonly bytes: Buffer;
}

/** Writes down what the dialing side of another transport sends and receives, in order. */
export class RecordingTransport implements Transport {
  readonly records: Recorded[] = [];
  readonly #transport: Transport;
  #dialed = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket> {
    const connection = this.#dialed++;
    const socket = await this.#transport.dial(endpoint, options);
    return this.#recording(socket, (isToServer, bytes) => {
      this.records.push({ connection, isToServer, bytes: Buffer.from(bytes) });
    });
  }

  listen(
    endpoint: Endpoint,
    handlers: Parameters<Transport['listen']>[1],
  ): Promise<TransportListener> {
    return this.#transport.listen(endpoint, handlers);
  }

  #recording(
    socket: TransportSocket,
    record: (isToServer: boolean, bytes: Buffer) => void,
  ): TransportSocket {
    return {
      peer: socket.peer,
      attach: (handlers) => socket.attach(listening(handlers, (chunk) => record(false, chunk))),
      write(segments) {
        record(true, Buffer.concat(segments));
        return socket.write(segments);
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end: () => socket.end(),
      destroy: (error) => socket.destroy(error),
      reset: () => socket.reset(),
    };
  }
}

function listening(handlers: SocketHandlers, onData: (chunk: Buffer) => void): SocketHandlers {
  return {
    onData(chunk) {
      onData(chunk);
      handlers.onData(chunk);
    },
    onEnd: () => handlers.onEnd(),
    onDrain: () => handlers.onDrain(),
    onProgress: () => handlers.onProgress(),
    onClose: (error) => handlers.onClose(error),
  };
}
