import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';

import { Deferred } from '../../base/deferred.ts';
import { TlsError } from '../../errors/access-errors.ts';
import { DirectReading } from './direct-reading.ts';
import { networkPeer } from './peer.ts';
import { NetworkSocket } from './socket.ts';
import { tlsIdentity } from './tls-identity.ts';
import { tlsOptionsProblem } from '../tls-problem.ts';
import type { DialOptions, Endpoint } from '../transport.ts';

/**
 * Connects, and does the handshake if the endpoint has TLS.
 *
 * With TLS 1.3 a client has finished its handshake before the server has judged the client's
 * certificate. A refusal then closes the socket after it was handed out.
 *
 * @throws the system's error as it is, TlsError for TLS options that Node can't use, or the signal's
 *   reason; nothing stays open then.
 */
export async function dialNetwork(
  endpoint: Endpoint,
  { signal }: DialOptions,
): Promise<NetworkSocket> {
  signal?.throwIfAborted();
  const dialing = new Dialing(signal);
  const reading = endpoint.tls === undefined ? new DirectReading() : undefined;
  const raw = connect({
    ...netOptions(endpoint),
    ...(reading && { onread: reading.makeOptions() }),
  });
  // Nothing may be read before the socket is attached.
  raw.pause();
  const tcp = endpoint.path === undefined ? raw : undefined;
  dialing.await(raw, 'connect', () => {
    if (endpoint.tls === undefined) {
      dialing.succeed(new NetworkSocket(raw, networkPeer(raw, endpoint.path), tcp, reading));
      return;
    }
    const secure = secureOver(raw, endpoint.host, endpoint.tls);
    dialing.await(secure, 'secureConnect', () => {
      const peer = networkPeer(raw, endpoint.path, tlsIdentity(secure));
      dialing.succeed(new NetworkSocket(secure, peer, tcp));
    });
  });
  return dialing.outcome.promise;
}

/**
 * The steps of one dial. Every error has an owner from the moment the dial begins: the first
 * failure or an abort ends all steps and closes every socket that was opened.
 */
class Dialing {
  readonly outcome: Deferred<NetworkSocket> = new Deferred();
  readonly #sockets: Socket[] = [];
  readonly #signal: AbortSignal | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  await(socket: Socket, event: 'connect' | 'secureConnect', next: () => void): void {
    this.#sockets.push(socket);
    const step = (): void => {
      try {
        next();
      } catch (error) {
        // TLS options that Node can't use, such as a damaged certificate, are judged only here.
        this.#abort(error);
      }
    };
    socket.once(event, step).on('error', this.#abort).on('close', this.#onClose);
  }

  succeed(socket: NetworkSocket): void {
    this.#settle();
    this.outcome.resolve(socket);
  }

  readonly #abort = (reason: unknown): void => {
    this.#settle();
    for (const socket of this.#sockets) socket.destroy();
    this.outcome.reject(reason);
  };

  readonly #onAbort = (): void => this.#abort(this.#signal?.reason);

  readonly #onClose = (): void => this.#abort(new Error('closed before it was connected'));

  #settle(): void {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const socket of this.#sockets) {
      socket.off('error', this.#abort).off('close', this.#onClose);
      // Later errors of this socket, or of the socket below TLS, are reported elsewhere.
      if (socket.listenerCount('error') === 0) socket.on('error', ignore);
    }
  }
}

function ignore(): void {}

function secureOver(raw: Socket, host: string | undefined, tls: object): TLSSocket {
  const options: ConnectionOptions = { ...tls, socket: raw };
  if (host !== undefined) options.host = host;
  const secure = connectWith(options);
  secure.disableRenegotiation();
  return secure;
}

function connectWith(options: ConnectionOptions): TLSSocket {
  try {
    return connectTls(options);
  } catch (error) {
    throw new TlsError(tlsOptionsProblem(error), 'local', error);
  }
}

function netOptions(endpoint: Endpoint): NetConnectOpts {
  if (endpoint.path !== undefined) return { path: endpoint.path, allowHalfOpen: true };
  const { reached, port, localAddress, family, noDelay, keepAliveDelayMs } = endpoint;
  const host = reached?.host === endpoint.host ? reached?.address : endpoint.host;
  return {
    port: port ?? 0,
    allowHalfOpen: true,
    noDelay,
    keepAlive: keepAliveDelayMs > 0,
    keepAliveInitialDelay: keepAliveDelayMs,
    ...(host !== undefined && { host }),
    ...(localAddress !== undefined && { localAddress }),
    ...(family !== undefined && { family }),
  };
}
