import type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  Transport,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';

/** Bytes on their way, and where they are. */
export interface Passing {
  /** Connections are counted from 0, in the order of dialing. */
  readonly connection: number;
  readonly isToServer: boolean;
  /** What passed in this direction before. */
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What arrives in place of the bytes; they are the tamperer's to change. */
export type Tamper = (passing: Passing) => Buffer;

/** Another transport, on which the bytes of the dialing side are changed as they pass. */
export class TamperedTransport implements Transport {
  readonly #transport: Transport;
  readonly #tamper: Tamper;
  #dialed = 0;

  constructor(transport: Transport, tamper: Tamper) {
    this.#transport = transport;
    this.#tamper = tamper;
  }

  async dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket> {
    const connection = this.#dialed++;
    const socket = await this.#transport.dial(endpoint, options);
    const up = this.#direction(connection, true);
    const down = this.#direction(connection, false);
    return {
      peer: socket.peer,
      attach: (handlers) =>
        socket.attach({
          onData: (chunk) => handlers.onData(down(chunk)),
          onEnd: () => handlers.onEnd(),
          onDrain: () => handlers.onDrain(),
          onProgress: () => handlers.onProgress(),
          onClose: (error) => handlers.onClose(error),
        }),
      write: (segments) => socket.write([up(Buffer.concat(segments))]),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      end: () => socket.end(),
      destroy: (error) => socket.destroy(error),
      reset: () => socket.reset(),
    };
  }

  listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener> {
    return this.#transport.listen(endpoint, handlers);
  }

  #direction(connection: number, isToServer: boolean): (chunk: Buffer) => Buffer {
    let offset = 0;
    return (chunk) => {
      const passing = { connection, isToServer, offset, bytes: Buffer.from(chunk) };
      offset += chunk.length;
      return this.#tamper(passing);
    };
  }
}
