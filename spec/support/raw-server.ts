import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

import type { Features } from '../../lib/wire/feature.ts';
import { NO_FEATURES, RawPeer } from './raw-peer.ts';

const HOST = '127.0.0.1';

/** Listens as a server would, and hands out who connects. */
export class RawServer {
  readonly #server: Server;
  readonly #peers: RawPeer[] = [];
  readonly #accepted: RawPeer[] = [];

  private constructor() {
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const peer = new RawPeer(socket);
      this.#peers.push(peer);
      this.#accepted.push(peer);
      this.#server.emit('accepted');
    });
  }

  static async start(): Promise<RawServer> {
    const server = new RawServer();
    server.#server.listen(0, HOST);
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    // A server that listens on TCP has an address and port.
    return (this.#server.address() as AddressInfo).port;
  }

  /** The next connection, before its negotiation. */
  async accept(): Promise<RawPeer> {
    for (;;) {
      const peer = this.#accepted.shift();
      if (peer !== undefined) return peer;
      await once(this.#server, 'accepted');
    }
  }

  /** The next connection, negotiated. */
  async acceptNegotiated(features: Features = NO_FEATURES): Promise<RawPeer> {
    const peer = await this.accept();
    await peer.takeNegotiation();
    peer.negotiate(features);
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await Promise.all(this.#peers.map((peer) => peer.destroy()));
    await closed;
  }
}
