import type { Socket } from 'node:net';

/**
 * The TCP sockets of a TLS listener until their handshake is done. Node hands out the TLS socket
 * without the socket below it, which a reset needs. The pair of addresses tells which socket it is.
 */
export class PendingHandshakes {
  readonly #sockets = new Map<string, Socket>();

  add(tcp: Socket): void {
    const key = addressPair(tcp);
    if (key === undefined) return;
    this.#sockets.set(key, tcp);
    tcp.once('close', () => {
      if (this.#sockets.get(key) === tcp) this.#sockets.delete(key);
    });
  }

  /** The TCP socket below a TLS socket, no longer pending; undefined on a unix socket. */
  take(secure: Socket): Socket | undefined {
    const key = addressPair(secure);
    if (key === undefined) return undefined;
    const tcp = this.#sockets.get(key);
    this.#sockets.delete(key);
    return tcp;
  }

  abortAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

/** Undefined for a unix socket, and for a socket that the peer closed before we looked. */
function addressPair(socket: Socket): string | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || remoteAddress === undefined) return undefined;
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
