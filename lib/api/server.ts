import { Deferred } from '../base/deferred.ts';
import { type StatValues, zeroStats } from '../diagnostics/stats.ts';
import { UnderWay } from '../base/under-way.ts';
import { waitFor } from '../base/waiting.ts';
import { Acceptor } from '../call/door/acceptor.ts';
import { MemoryBudget, resolveResources } from '../call/limits/admission.ts';
import { governorOf } from '../call/limits/governor.ts';
import { errorText } from '../call/server/error-text.ts';
import { outOfGrace } from '../call/common/going-away.ts';
import {
  type AnyHandler,
  type Handler,
  type HandleOptions,
  Handlers,
} from '../call/server/handlers.ts';
import type { ServerCore } from '../call/server/server-core.ts';
import type { Logger } from '../diagnostics/logger.ts';
import { ClosedError } from '../errors/errors.ts';
import { type CloseOptions, type Common, resolveCommon, resolveGraceMs } from './options.ts';
import { resolveServerOptions, type ServerOptions } from './server-options.ts';
import type { ExposeOptions, Exposure } from '../service/server/expose-options.ts';
import { Services } from '../service/server/services.ts';
import { resolveEndpoint } from '../transport/endpoint.ts';
import type { Peer, TransportListener } from '../transport/transport.ts';
import type { Signature, Verb } from '../verb/verb.ts';

/**
 * Listens for clients.
 *
 * @throws OptionError for options that can't work, or the system's error when it can't listen there.
 */
export async function listen(options: ServerOptions): Promise<Server> {
  const endpoint = resolveEndpoint(options, 'listen');
  const common = resolveCommon(options);
  const parts = makeParts(options, common);
  const listener = await common.network.listen(endpoint, {
    onSocket: (socket) => parts.acceptor.accept(socket),
    onError: (error) =>
      common.environment.log.write(
        'warn',
        'server: ',
        `a connection was not accepted: ${error.message}`,
      ),
  });
  return new Server(parts, listener);
}

/** @internal What a server is made of. */
export interface ServerParts {
  readonly common: Common;
  readonly core: ServerCore;
  readonly acceptor: Acceptor;
  readonly services: Services;
}

/** Serves verbs to any number of clients. */
export class Server implements AsyncDisposable {
  readonly #parts: ServerParts;
  readonly #listener: TransportListener;
  readonly #aborted = new Deferred();
  #closing: Promise<void> | undefined;

  /** @internal Made by `listen`. */
  constructor(parts: ServerParts, listener: TransportListener) {
    this.#parts = parts;
    this.#listener = listener;
    parts.common.metrics.add(domainOf(parts.common), parts.core.stats);
  }

  /** Where it listens, with the port that the system chose. */
  get address(): Peer {
    return this.#listener.address;
  }

  /** Counts of what was sent and streams that leaked, as a copy. */
  get stats(): Readonly<StatValues> {
    return { ...this.#parts.core.stats };
  }

  /** Where log lines go from now on. */
  set logger(logger: Logger) {
    this.#parts.common.environment.log.current = logger;
  }

  /** Whether any verb is served. */
  get hasHandlers(): boolean {
    return this.#parts.core.handlers.hasAny;
  }

  /** Whether the verb is served. */
  hasHandler(verb: Verb<Signature>): boolean {
    return this.#parts.core.handlers.has(verb.number);
  }

  /**
   * Serves a verb from now on. The handler gets its context, then the arguments; what it returns, or
   * the error it throws, is the reply. May be called while clients are connected.
   *
   * @throws MisuseError if the verb is served already.
   */
  handle<A extends unknown[], R>(
    verb: Verb<(...args: A) => R>,
    handler: NoInfer<Handler<(...args: A) => R>>,
    options: HandleOptions = {},
  ): void {
    // The dispatcher calls handlers with what the verb's serializer decoded, which are A.
    this.#parts.core.handlers.add(verb, handler as unknown as AnyHandler, options);
  }

  /**
   * Stops serving a verb: new calls get an unknown verb at once. Resolves when its running handlers
   * have ended; at once if it is not served.
   */
  unhandle(verb: Verb<Signature>): Promise<void> {
    return this.#parts.core.handlers.remove(verb.number);
  }

  /**
   * Exposes a plain object or a class instance to clients, which call its methods through
   * `client.api(name)`. Its methods are its own functions and those of its classes, but for names
   * that begin with an underscore; they are called on the object. What is in a plain object is exposed
   * as well, its objects with what they offer and its streams; of a class instance only what `properties` names.
   *
   * The functions that are there now are exposed: one that is replaced later goes on being served.
   *
   * @param name - of the service, without `/`.
   * @throws MisuseError if there is nothing to expose, if the service or one of its verbs is served
   *   already, or for names that can't be called. Nothing is exposed then.
   */
  expose(name: string, object: object, options: ExposeOptions = {}): Exposure {
    return this.#parts.services.expose(name, object, options);
  }

  /** Closes the connection of that id, for example from a handler; an unknown id does nothing. */
  abortConnection(id: bigint): void {
    const cause = new ClosedError('the connection was aborted', 'local');
    this.#parts.acceptor.connections.get(id)?.abort(cause);
  }

  /** Replaces the TLS certificate for connections to come. @throws MisuseError without TLS. */
  reloadTls(options: object): void {
    this.#listener.reloadTls(options);
  }

  /**
   * Closes in order: tells its clients that it goes away, lets no new ones in, refuses new calls, and
   * waits for running handlers, background work and open streams, also for those that what is under
   * way still opens; then it listens no more. After `graceMs` what is left fails with ClosedError.
   * Resolves when all sockets are closed. A second call has the first one's outcome.
   *
   * @param options - how long to wait. Default: 30,000 ms.
   * @throws OptionError for a `graceMs` that is no number from 0 on; as a rejection.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(resolveGraceMs(options));
    await this.#closing;
  }

  /**
   * Closes at once: calls and streams under way fail with ClosedError, and a `close` no longer waits
   * for anything else. Resolves when all sockets are closed.
   */
  async abort(reason?: unknown): Promise<void> {
    const { acceptor } = this.#parts;
    this.#aborted.resolve();
    const listening = this.#listener.close();
    acceptor.close();
    acceptor.abort(new ClosedError('the server was aborted', 'local', reason));
    await this.#end(listening);
  }

  /** As `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(graceMs: number): Promise<void> {
    const { acceptor, common, core } = this.#parts;
    acceptor.drain();
    const drained = [...acceptor.connections.values()].map((each) => each.drain(graceMs));
    const about = { what: 'closing', scope: 'connection' } as const;
    const settled = Promise.all(drained).then(() => core.background.whenIdle());
    const { clock } = common.environment;
    if (graceMs > 0) {
      const over = Promise.race([settled, this.#aborted.promise]);
      await waitFor<unknown>(over, clock, { timeoutMs: graceMs }, about).catch(() => {});
    }
    const listening = this.#listener.close();
    acceptor.close();
    const cause = new ClosedError('the server was closed', 'local');
    for (const connection of acceptor.connections.values()) {
      connection.close(connection.isIdle ? cause : outOfGrace(graceMs));
    }
    acceptor.abortNegotiating(cause);
    acceptor.closeAll(cause);
    await this.#end(listening);
  }

  /** The counts stay in their domain's totals. */
  async #end(listening: Promise<void>): Promise<void> {
    const { acceptor, common, core } = this.#parts;
    await acceptor.whenEmpty();
    await listening;
    common.metrics.remove(domainOf(common), core.stats);
  }
}

function domainOf(common: Common): string {
  return `${common.metricsDomain}_server`;
}

function makeParts(options: ServerOptions, common: Common): ServerParts {
  const own = resolveServerOptions(options);
  const { environment } = common;
  const resources = resolveResources(options.resources);
  const stats = zeroStats();
  // Each connection gets one of its own; what is wrong with it is said before there is any.
  governorOf('governance.perConnection', options.governance?.perConnection);
  const core: ServerCore = {
    environment,
    handlers: new Handlers(),
    memory: new MemoryBudget(environment.clock, resources),
    resources,
    stats,
    governor: governorOf('governance', options.governance),
    connectionCalls: options.governance?.perConnection,
    authorize: options.authorize,
    brokenStreamsPerSecond: own.brokenStreamsPerSecond,
    errorText: options.errorText ?? errorText,
    errorFilter: options.errorFilter,
    background: new UnderWay(),
  };
  const acceptor = new Acceptor(core, {
    hasExtension: common.hasExtension,
    filterConnection: options.filterConnection,
    authenticate: options.authenticate,
    isolate: options.isolate,
    ...own,
  });
  const services = new Services(core.handlers, environment, options.interceptors ?? []);
  return { common, core, acceptor, services };
}
