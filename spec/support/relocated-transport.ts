import type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  Peer,
  Transport,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';

/** Another transport whose listeners see their peers at addresses of the test's choice, as from another machine. */
export class RelocatedTransport implements Transport {
  /** Where the peers that connect next come from. */
  address: string;
  readonly #transport: Transport;

  constructor(transport: Transport, address: string) {
    this.#transport = transport;
    this.address = address;
  }

  dial(endpoint: Endpoint, options: DialOptions): Promise<TransportSocket> {
    return this.#transport.dial(endpoint, options);
  }

  listen(endpoint: Endpoint, handlers: ListenerHandlers): Promise<TransportListener> {
    return this.#transport.listen(endpoint, {
      onSocket: (socket) => {
        const peer: Peer = { ...socket.peer, address: this.address, family: 'IPv4' };
        handlers.onSocket(relocated(socket, peer));
      },
      onError: (error) => handlers.onError(error),
    });
  }
}

function relocated(socket: TransportSocket, peer: Peer): TransportSocket {
  return {
    peer,
    attach: (handlers) => socket.attach(handlers),
    write: (segments) => socket.write(segments),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    end: () => socket.end(),
    destroy: (error) => socket.destroy(error),
    reset: () => socket.reset(),
  };
}
