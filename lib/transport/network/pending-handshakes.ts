import type { Socket } from 'node:net';

import { deferToNextTurn } from '../../base/turns.ts';
import type { Peer, TlsHandshake } from '../transport.ts';
import { networkPeer } from './peer.ts';

/** The part of a TLS socket that Node keeps private: the socket below it. */
interface WithParent {
  readonly _parent?: Socket | null;
}

/** A TCP or unix socket with a TLS handshake under way. */
export class PendingHandshake implements TlsHandshake {
  readonly socket: Socket;
  readonly peer: Peer;

  constructor(socket: Socket, path: string | undefined) {
    this.socket = socket;
    this.peer = networkPeer(socket, path);
  }

  destroy(): void {
    this.socket.destroy();
  }
}

/**
 * The sockets of a TLS listener until their handshake is done. Node has no public way from a TLS
 * socket to the socket below it, which counts and which a reset needs.
 */
export class PendingHandshakes {
  readonly #pending = new Map<Socket, PendingHandshake>();
  readonly #path: string | undefined;
  readonly #onClosed: (handshake: PendingHandshake) => void;

  /**
   * @param path - of the unix socket that is listened on; undefined for TCP.
   * @param onClosed - called for a socket that closes before it is taken.
   */
  constructor(path: string | undefined, onClosed: (handshake: PendingHandshake) => void) {
    this.#path = path;
    this.#onClosed = onClosed;
  }

  /** The handshake of an accepted socket begins. */
  add(socket: Socket): PendingHandshake {
    const handshake = new PendingHandshake(socket, this.#path);
    this.#pending.set(socket, handshake);
    // Node tells why the TLS socket has failed only after the socket below it has closed.
    socket.once('close', () => deferToNextTurn(() => this.#lose(handshake)));
    return handshake;
  }

  /** The handshake of an accepted socket or of the TLS socket above it, no longer pending. */
  take(socket: Socket): PendingHandshake | undefined {
    const handshake = this.#find(socket);
    if (handshake !== undefined) this.#pending.delete(handshake.socket);
    return handshake;
  }

  abortAll(): void {
    for (const handshake of this.#pending.values()) handshake.destroy();
  }

  #lose(handshake: PendingHandshake): void {
    if (this.#pending.delete(handshake.socket)) this.#onClosed(handshake);
  }

  /** Where Node's inside is not as expected, the addresses tell which socket it is. */
  #find(socket: Socket): PendingHandshake | undefined {
    const { _parent: below }: WithParent = socket as Socket & WithParent;
    const own = this.#pending.get(below ?? socket);
    if (own !== undefined || (below !== undefined && below !== null)) return own;
    const pair = addressPair(socket);
    for (const each of this.#pending.values()) if (addressPair(each.socket) === pair) return each;
    return undefined;
  }
}

function addressPair({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
