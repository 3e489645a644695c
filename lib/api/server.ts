import { EventEmitter } from 'node:events';
import { Deferred } from '../base/deferred.ts';
import { EventQueue } from '../base/event-queue.ts';
import type { StatValues } from '../diagnostics/stats.ts';
import { BIGINT, OBJECT } from '../base/option-kinds.ts';
import { checkArgument, judgedBy, optionsOf } from '../base/public-function.ts';
import { waitFor } from '../base/waiting.ts';
import type { Acceptor } from '../call/door/acceptor.ts';
import type { ServerEvents } from '../call/door/server-events.ts';
import { snapshotServer } from '../call/door/server-snapshot.ts';
import { outOfGrace } from '../call/common/going-away.ts';
import type { AnyHandler, Handler, HandleOptions } from '../call/server/handlers.ts';
import type { ServerCore } from '../call/server/server-core.ts';
import type { Snapshot } from '../diagnostics/snapshot.ts';
import { type Logger, LOGGER } from '../diagnostics/logger.ts';
import { ClosedError, MisuseError } from '../errors/errors.ts';
import { messageOf } from '../errors/foreign.ts';
import { type CloseOptions, type Common, resolveCommon, resolveGraceMs } from './options.ts';
import { makeAcceptor } from './make-acceptor.ts';
import { SERVER_OPTIONS, type ServerOptions } from './server-options.ts';
import type { ExposeOptions, Exposure } from '../service/server/expose-options.ts';
import { Services } from '../service/server/services.ts';
import { resolveEndpoint } from '../transport/endpoint.ts';
import type { Peer, TransportListener } from '../transport/transport.ts';
import { assertVerb, type Signature, type Verb } from '../verb/verb.ts';

/**
 * Listens for clients.
 *
 * @throws OptionError for options that can't work, an error with the code ERR_TLS for certificates
 *   that Node can't use, or the system's error when it can't listen there.
 */
export async function listen(options: ServerOptions): Promise<Server> {
  const own = optionsOf('listen', options, SERVER_OPTIONS);
  const [endpoint, common, acceptor] = judgedBy('listen', () => {
    const place = resolveEndpoint(own, 'listen');
    const resolved = resolveCommon(own);
    return [place, resolved, makeAcceptor(own, resolved)] as const;
  });
  const { handlers, environment } = acceptor.core;
  const services = new Services(handlers, environment, own.interceptors ?? []);
  const listener = await common.network.listen(endpoint, {
    onHandshake: (handshake) => acceptor.handshakes.begin(handshake),
    onSocket: (socket, handshake) => acceptor.accept(socket, handshake),
    onError: (error, handshake) => {
      if (handshake !== undefined) acceptor.handshakes.lose(handshake, error);
      else {
        const line = `a connection was not accepted: ${messageOf(error)}`;
        environment.log.write('warn', 'server', line);
      }
    },
  });
  return new Server(common, acceptor, services, listener);
}

/**
 * Serves verbs and services to any number of clients.
 *
 * Only the server itself emits its events. Each event comes once, after the state has changed, and
 * reaches all listeners before the next event. A listener that throws does not disturb the others:
 * its error becomes an uncaught exception.
 */
export class Server extends EventEmitter<ServerEvents> implements AsyncDisposable {
  readonly #common: Common;
  readonly #core: ServerCore;
  readonly #acceptor: Acceptor;
  readonly #services: Services;
  readonly #listener: TransportListener;
  readonly #aborted = new Deferred();
  readonly #events: EventQueue;
  #closing: Promise<void> | undefined;
  /** The reason why it ends; set once it ends what is left. */
  #cause: Error | undefined;
  #isOver = false;
  /** Whether `close` or `abort` was called. */
  #isClosed = false;

  /** @internal Use `listen`. */
  constructor(common: Common, acceptor: Acceptor, services: Services, listener: TransportListener) {
    super();
    // The listeners are those of this emitter.
    this.#events = new EventQueue(this);
    acceptor.events = this.#events;
    this.#common = common;
    this.#core = acceptor.core;
    this.#acceptor = acceptor;
    this.#services = services;
    this.#listener = listener;
    common.metrics.add(domainOf(common), this.#core.stats);
  }

  /** The address that the server listens at, with the port that the system chose. */
  get address(): Peer {
    return this.#listener.address;
  }

  /** The counts of this server, as a copy. */
  get stats(): Readonly<StatValues> {
    return { ...this.#core.stats };
  }

  /**
   * A list of everything that is alive, as a frozen copy: clients, their calls, and their streams
   * with the reason why each of them waits. It costs one walk through these objects, and changes
   * nothing.
   */
  snapshot(): Snapshot {
    return snapshotServer(this.#acceptor, this.#core.background.count);
  }

  /** The logger for all lines from now on. */
  set logger(logger: Logger) {
    checkArgument('server', 'logger', logger, LOGGER);
    this.#common.environment.log.current = logger;
  }

  /** Whether any verb is served. */
  get hasHandlers(): boolean {
    return this.#core.handlers.hasAny;
  }

  /** Whether the verb is served. */
  hasHandler(verb: Verb<Signature>): boolean {
    assertVerb(verb, 'server.hasHandler');
    return this.#core.handlers.has(verb.number);
  }

  /**
   * Serves a verb from now on. The handler gets its context, then the arguments. Its result, or the
   * error that it throws, is the reply. Handlers can be added while clients are connected.
   *
   * @throws MisuseError if the verb is served already or is none, and after `close`; OptionError for
   *   options that can't work.
   */
  handle<A extends unknown[], R>(
    verb: Verb<(...args: A) => R>,
    handler: NoInfer<Handler<(...args: A) => R>>,
    options: HandleOptions = {},
  ): void {
    this.#assertOpen('handle');
    // The dispatcher calls a handler with the arguments that the verb's serializer decoded: they
    // are A.
    this.#core.handlers.add(verb, handler as unknown as AnyHandler, options);
  }

  /**
   * Stops serving a verb: new calls get an UnknownVerbError. Resolves when its running handlers
   * have ended; at once if the verb is not served.
   */
  async unhandle(verb: Verb<Signature>): Promise<void> {
    assertVerb(verb, 'server.unhandle');
    await this.#core.handlers.remove(verb.number);
  }

  /**
   * Exposes a plain object or a class instance to clients, which call its methods through
   * `client.api(name)`. The methods are the object's own functions and those of its classes, except
   * names that begin with an underscore; they are called on the object. The members of a plain
   * object are exposed as well: its streams, and its objects with their members. Of a class
   * instance, only the members that `properties` names are.
   *
   * The functions are taken now: a function that is replaced in the object later is still served.
   *
   * @param name - of the service, without `/`.
   * @throws MisuseError if there is nothing to expose, if the service or one of its verbs is served
   *   already, for names that can't be called, and after `close`. OptionError for options that can't
   *   work. Nothing is exposed then.
   */
  expose(name: string, object: object, options: ExposeOptions = {}): Exposure {
    this.#assertOpen('expose');
    return this.#services.expose(name, object, options);
  }

  /**
   * Closes the connection with this id; an unknown one does nothing. @throws MisuseError unless it is
   * a bigint.
   */
  abortConnection(id: bigint): void {
    checkArgument('server.abortConnection', 'id', id, BIGINT);
    const cause = new ClosedError('the connection was aborted', 'local');
    this.#acceptor.connections.get(id)?.abort(cause);
  }

  /**
   * Replaces the TLS certificate for later connections. @throws MisuseError without TLS; OptionError
   * for options that can't work.
   */
  reloadTls(options: object): void {
    checkArgument('server.reloadTls', 'options', options, OBJECT);
    judgedBy('server.reloadTls', () => this.#listener.reloadTls(options));
  }

  /**
   * Closes in order. The server tells its clients that it goes away, lets no new clients in, and
   * refuses new calls. It waits for running handlers, background work and open streams, and for the
   * streams that these still open. Then it stops listening. After `graceMs` everything that is left
   * fails with ClosedError. Resolves when all sockets are closed. A second call has the same
   * outcome as the first.
   *
   * @param options - how long to wait. Default: 30,000 ms.
   * @throws OptionError, as a rejection, if `graceMs` is not a number from 0 on.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const graceMs = resolveGraceMs(options, 'server.close');
    this.#isClosed = true;
    this.#closing ??= this.#close(graceMs);
    await this.#closing;
  }

  /**
   * Closes at once: calls and streams under way fail with ClosedError, and a `close` that is
   * waiting goes on at once. Resolves when all sockets are closed.
   */
  async abort(reason?: unknown): Promise<void> {
    const acceptor = this.#acceptor;
    this.#isClosed = true;
    this.#aborted.resolve();
    const listening = this.#listener.close();
    acceptor.close();
    this.#cause ??= new ClosedError('the server was aborted', 'local', reason);
    acceptor.abort(this.#cause);
    await this.#end(listening);
  }

  /** Does the same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(what: string): void {
    if (this.#isClosed) throw new MisuseError(`${what} after the server was closed`, 'connection');
  }

  async #close(graceMs: number): Promise<void> {
    const acceptor = this.#acceptor;
    const { background, environment } = this.#core;
    acceptor.drain();
    const { size } = acceptor.connections;
    if (this.#cause === undefined) this.#events.tell('draining', { graceMs, connections: size });
    const drained = acceptor.drainClients(graceMs);
    const about = { what: 'closing', scope: 'connection' } as const;
    const settled = drained.then(() => background.whenIdle());
    const { clock } = environment;
    if (graceMs > 0) {
      const over = Promise.race([settled, this.#aborted.promise]);
      await waitFor<unknown>(over, clock, { timeoutMs: graceMs }, about).catch(() => {});
    }
    const listening = this.#listener.close();
    acceptor.close();
    const cause = (this.#cause ??= new ClosedError('the server was closed', 'local'));
    this.#endAway(graceMs, cause);
    for (const connection of acceptor.connections.values()) {
      connection.close(connection.isIdle ? cause : outOfGrace(graceMs));
    }
    acceptor.abortNegotiating(cause);
    acceptor.closeAll(cause);
    await this.#end(listening);
  }

  #endAway(graceMs: number, cause: Error): void {
    const { sessions } = this.#acceptor;
    const left = sessions.away().filter((session) => session.hasWork).length;
    if (left > 0) {
      const line = `the server is closed: ${left} clients with calls or streams under way did not come back within ${graceMs} ms (graceMs)`;
      this.#core.environment.log.write('warn', 'server', line);
    }
    sessions.close(left > 0 ? outOfGrace(graceMs) : cause);
  }

  /** The counts stay in the totals of their domain. */
  async #end(listening: Promise<void>): Promise<void> {
    await this.#acceptor.whenEmpty();
    await listening;
    if (this.#isOver) return;
    this.#isOver = true;
    this.#common.metrics.remove(domainOf(this.#common), this.#core.stats);
    const cause = this.#cause;
    if (cause !== undefined) this.#events.tell('closed', { cause });
  }
}

function domainOf(common: Common): string {
  return `${common.metricsDomain}_server`;
}
