import {
  createServer,
  type ListenOptions,
  type Server,
  type ServerOpts,
  type Socket,
} from 'node:net';
import {
  createServer as createTlsServer,
  type Server as TlsServer,
  type TLSSocket,
} from 'node:tls';

import { TlsError } from '../../errors/access-errors.ts';
import { MisuseError } from '../../errors/errors.ts';
import { DirectReading } from './direct-reading.ts';
import { awaitGreeting } from './greeting.ts';
import { ipPeer, networkPeer } from './peer.ts';
import { NetworkSocket } from './socket.ts';
import { PendingHandshakes } from './pending-handshakes.ts';
import { tlsIdentity } from './tls-identity.ts';
import { resolveTls } from '../tls-options.ts';
import { tlsOptionsProblem } from '../tls-problem.ts';
import type { Endpoint, ListenerHandlers, Peer, TransportListener } from '../transport.ts';

/**
 * Listens, with TLS if the endpoint has it. A failure of one connection goes to `onError`, and the
 * listener goes on: a failed accept, a failed or overlong handshake, a client certificate that is
 * missing or not confirmed by our authorities. When there are no file descriptors left, Node closes
 * connections that it cannot accept and reports nothing. It accepts again as soon as there are
 * some.
 *
 * @throws TlsError for TLS options that Node can't use; any other error of the system as it is.
 */
export async function listenNetwork(
  endpoint: Endpoint,
  handlers: ListenerHandlers,
): Promise<TransportListener> {
  const listener = new NetworkListener(endpoint, handlers);
  await listener.start();
  return listener;
}

class NetworkListener implements TransportListener {
  readonly #endpoint: Endpoint;
  readonly #handlers: ListenerHandlers;
  readonly #server: Server;
  readonly #handshakes: PendingHandshakes;
  /** Makes TLS sockets of those that `#server` has accepted; undefined without TLS. */
  readonly #secured: TlsServer | undefined;
  #tls: object | undefined;
  #address: Peer | undefined;
  #isClosed = false;

  constructor(endpoint: Endpoint, handlers: ListenerHandlers) {
    this.#endpoint = endpoint;
    this.#handlers = handlers;
    this.#tls = endpoint.tls;
    this.#handshakes = new PendingHandshakes(endpoint.path, (closed) => {
      const text = 'the peer closed the connection during the TLS handshake';
      if (!this.#isClosed) handlers.onError(new Error(text), closed);
    });
    const options = serverOptions(endpoint);
    if (endpoint.tls === undefined) {
      this.#server = createServer({ ...options, pauseOnConnect: true }, this.#onPlain);
      return;
    }
    const secured = { ...endpoint.tls, ...options };
    this.#secured = usable(() => createTlsServer(secured, this.#onSecure));
    this.#secured.on('tlsClientError', this.#onHandshakeError);
    this.#server = createServer(options, this.#onTcp);
  }

  get address(): Peer {
    if (this.#address === undefined) throw new MisuseError('not listening yet', 'connection');
    return this.#address;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(listenOptions(this.#endpoint), () => {
        this.#server.off('error', reject).on('error', (error) => this.#handlers.onError(error));
        this.#address = boundAddress(this.#server, this.#endpoint);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // The callback of `close` would wait for the sockets that live on. The address is free at once.
    this.#server.close();
    this.#handshakes.abortAll();
  }

  reloadTls(options: object): void {
    if (this.#secured === undefined) {
      throw new MisuseError('this listener has no TLS', 'connection');
    }
    const merged = resolveTls({ ...this.#tls, ...options }, this.#endpoint.host, 'listen');
    const secured = this.#secured;
    usable(() => secured.setSecureContext(merged));
    this.#tls = merged;
  }

  readonly #onPlain = (accepted: Socket): void => {
    const { path } = this.#endpoint;
    // Asked for first: Node caches the answer in the socket that was asked.
    const peer = networkPeer(accepted, path);
    const { socket, reading } = DirectReading.adopt(accepted);
    const tcp = path === undefined ? socket : undefined;
    this.#handlers.onSocket(new NetworkSocket(socket, peer, tcp, reading));
  };

  /** TLS begins for a connection that is let in. Node's TLS does not see others. */
  readonly #onTcp = (tcp: Socket): void => {
    const handshake = this.#handshakes.add(tcp);
    const answer = this.#handlers.onHandshake?.(handshake) ?? true;
    if (typeof answer === 'boolean') this.#beginTls(tcp, answer);
    else {
      const refuse = (): void => this.#beginTls(tcp, false);
      void answer.then((isLetIn) => this.#beginTls(tcp, isLetIn), refuse);
    }
  };

  readonly #onSecure = (secure: TLSSocket): void => {
    const handshake = this.#handshakes.take(secure);
    if (this.#isClosed) {
      secure.destroy();
      return;
    }
    secure.disableRenegotiation();
    const { path } = this.#endpoint;
    const peer = networkPeer(secure, path, tlsIdentity(secure));
    const tcp = path === undefined ? handshake?.socket : undefined;
    this.#handlers.onSocket(new NetworkSocket(secure, peer, tcp), handshake);
  };

  #beginTls(tcp: Socket, isLetIn: boolean): void {
    if (tcp.destroyed) return;
    if (isLetIn) {
      const onTls = (): void => void this.#secured?.emit('connection', tcp);
      awaitGreeting(tcp, onTls, () => this.#onPlainText(tcp));
    } else {
      this.#handshakes.take(tcp);
      tcp.destroy();
    }
  }

  /** Nobody waits for the end of the peer, which may not come. */
  #onPlainText(tcp: Socket): void {
    const handshake = this.#handshakes.take(tcp);
    tcp.once('finish', () => tcp.destroySoon());
    if (handshake === undefined || this.#isClosed) return;
    this.#handlers.onError(new TlsError('the peer does not speak TLS', 'remote'), handshake);
  }

  readonly #onHandshakeError = (error: Error, secure: TLSSocket): void => {
    const handshake = this.#handshakes.take(secure);
    secure.destroy();
    if (handshake === undefined || this.#isClosed) return;
    this.#handlers.onError(refusal(secure) ?? error, handshake);
  };
}

/** Runs a step that uses TLS options. @throws TlsError if Node can't use them. */
function usable<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new TlsError(tlsOptionsProblem(error), 'local', error);
  }
}

function serverOptions({ noDelay, keepAliveDelayMs }: Endpoint): ServerOpts {
  return {
    allowHalfOpen: true,
    noDelay,
    keepAlive: keepAliveDelayMs > 0,
    keepAliveInitialDelay: keepAliveDelayMs,
  };
}

function listenOptions({ host, port, path, backlog, family }: Endpoint): ListenOptions {
  return {
    ...(path === undefined ? { port: port ?? 0 } : { path }),
    ...(host !== undefined && { host }),
    ...(host === undefined && family === 4 && { host: '0.0.0.0' }),
    ...(backlog !== undefined && { backlog }),
    ipv6Only: family === 6,
  };
}

function boundAddress(server: Server, endpoint: Endpoint): Peer {
  const bound = server.address();
  if (bound !== null && typeof bound === 'object') {
    return ipPeer(bound.address, bound.port, bound.family);
  }
  return Object.freeze({ address: endpoint.path ?? '', port: 0, family: 'unix' });
}

/**
 * The error of a refused client certificate. Node reports only that it hung up; the reason is here.
 */
function refusal(secure: TLSSocket): Error | undefined {
  // The type says Error, but Node sets the code of the verification.
  const reason: unknown = secure.authorizationError;
  if (typeof reason !== 'string') return undefined;
  return Object.assign(new Error(`client certificate refused: ${reason}`), { code: reason });
}
