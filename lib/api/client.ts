import { EventEmitter } from 'node:events';
import { EventQueue } from '../base/event-queue.ts';
import { SIGNAL, TIMEOUT } from '../base/option-kinds.ts';
import { checkArgument, judgedBy, optionsOf } from '../base/public-function.ts';
import type { OptionTable } from '../base/read-options.ts';
import { waitWithin } from '../base/waiting.ts';
import type { StatValues } from '../diagnostics/stats.ts';
import { ClientMetrics } from '../call/client/client-metrics.ts';
import { CALL_OPTIONS, type CallOptions } from '../call/common/call-options.ts';
import { Dialer } from '../connection/handshake/dialer.ts';
import { encodeExtension } from '../connection/handshake/extension.ts';
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  resolveClientOptions,
  type ResolvedClientOptions,
} from './client-options.ts';
import type { Snapshot } from '../diagnostics/snapshot.ts';
import { type Logger, LOGGER } from '../diagnostics/logger.ts';
import { type CloseOptions, type Common, resolveCommon, resolveGraceMs } from './options.ts';
import { SERIALIZER } from '../serializer/serializer.ts';
import type { Sink, SinkOptions, WaitOptions } from '../types/sink-source.ts';
import type { ApiOptions } from '../service/client/api-options.ts';
import type { Api } from '../service/client/api-types.ts';
import type { ServerDescription } from '../service/frame/description.ts';
import { ServiceClient } from '../service/client/service-client.ts';
import { ClientCore } from '../session/client-core.ts';
import type { ClientEvents } from '../session/client-events.ts';
import type { ClientState } from '../session/client-state.ts';
import { offeredKeepMs } from '../session/reconnect-options.ts';
import { type TokenRules, tokenRules } from '../session/token.ts';
import { CHECKSUM, RESUMABLE, resumableTerms } from '../stream/resume/resumable-option.ts';
import { endpointAt, resolveEndpoint } from '../transport/endpoint.ts';
import type { Peer, TransportSocket } from '../transport/transport.ts';
import type { Features } from '../wire/feature.ts';
import type { CallerArguments, CallerResult, Signature, Verb } from '../verb/verb.ts';

/** The options of `makeStreamSink`. */
export interface MakeSinkOptions<T extends unknown[]> extends SinkOptions<T>, WaitOptions {}

const MAKE_SINK_OPTIONS: OptionTable<MakeSinkOptions<unknown[]>> = Object.freeze({
  serializer: SERIALIZER,
  resumable: RESUMABLE,
  checksum: CHECKSUM,
  signal: SIGNAL,
  timeoutMs: TIMEOUT,
});

/** Makes calls with options of their own; comes from `client.with`. */
export interface CallView {
  /** Calls a verb as `Client.call` does, with the view's options. */
  call<F extends Signature>(verb: Verb<F>, ...args: CallerArguments<F>): Promise<CallerResult<F>>;
}

/**
 * Connects to a server and resolves when the connection is negotiated. The first attempt must
 * succeed; a connection that is lost later is made again, unless `reconnect` is false.
 *
 * @throws ClosedError with the cause, TimeoutError after `connectTimeoutMs`, OptionError for
 *   options that can't work, and errors with the codes ERR_TLS and ERR_UNAUTHENTICATED. Nothing
 *   stays open then.
 */
export async function connect(options: ClientOptions): Promise<Client> {
  const own = optionsOf('connect', options, CLIENT_OPTIONS);
  const client = judgedBy('connect', () => new Client(own, true));
  const { connectTimeoutMs } = resolveClientOptions(own);
  try {
    await client.whenReady({ signal: own.signal, timeoutMs: connectTimeoutMs });
    return client;
  } catch (error) {
    await client.abort(error);
    throw error;
  }
}

/**
 * Starts to connect and returns at once. Calls can be made at once: they wait for the connection,
 * and their deadlines run meanwhile. An attempt that fails, or takes longer than `connectTimeoutMs`,
 * is followed by another one, unless `reconnect` says otherwise, or another one would fail as well.
 * Then the calls fail too, and the client is closed.
 *
 * @throws OptionError for options that can't work.
 */
export function createClient(options: ClientOptions): Client {
  const own = optionsOf('createClient', options, CLIENT_OPTIONS);
  const client = judgedBy('createClient', () => new Client(own));
  const { signal } = own;
  if (signal !== undefined) client.whenReady({ signal }).catch((error) => client.abort(error));
  return client;
}

/**
 * A connection to one server. It carries calls; each stream has a connection of its own beside it.
 * A connection that is lost is made again. Calls that were not sent wait for it; those that were sent
 * fail, unless they are declared `idempotent`; streams fail. The client keeps its process alive until
 * it is closed, also while it waits for its next attempt.
 *
 * Only the client itself emits its events. Each event comes once, after the state has changed, and
 * reaches all listeners before the next event. A listener that throws does not disturb the others:
 * its error becomes an uncaught exception.
 */
export class Client extends EventEmitter<ClientEvents> implements AsyncDisposable {
  readonly #core: ClientCore;
  readonly #common: Common;
  readonly #services: ServiceClient;
  readonly #metrics: ClientMetrics;

  /**
   * @internal Use `connect` or `createClient`.
   * @param options - of the right kinds.
   * @param isFirstFinal - whether the client ends if its first attempt to connect fails.
   */
  constructor(options: ClientOptions, isFirstFinal: boolean = false) {
    super();
    const common = resolveCommon(options);
    const own = resolveClientOptions(options);
    const { environment, network } = common;
    const token = tokenRules(options.token, common.hasExtension);
    const endpoint = resolveEndpoint(options, 'dial');
    const { host = 'localhost', port = 0, path } = endpoint;
    const connect = (signal: AbortSignal, reached?: Peer): Promise<TransportSocket> =>
      network.dial(reached === undefined ? endpoint : endpointAt(endpoint, reached), { signal });
    const dialer = new Dialer(
      environment,
      { address: path ?? host, port, connect },
      makeOffer(options, common, own, token),
      own.connectTimeoutMs,
    );
    this.#common = common;
    this.#metrics = new ClientMetrics(common.metrics, common.metricsDomain);
    // The listeners are those of this emitter.
    const events = new EventQueue(this);
    const calls = { maxQueuedCalls: own.maxQueuedCalls, hasCallStacks: own.callStacks };
    const rules = { reconnect: own.reconnect, isFirstFinal, ...token };
    this.#core = new ClientCore(dialer, this.#metrics, events, calls, rules);
    this.#services = new ServiceClient(
      this.#core,
      environment,
      options.interceptors ?? [],
      options.policy,
    );
    void this.#core.connect();
  }

  /** The state of the client and its connection. */
  get state(): ClientState {
    return this.#core.state;
  }

  /**
   * The id that the server gave this connection. Undefined while there is none, and where the server
   * has no streaming.
   */
  get connectionId(): bigint | undefined {
    return this.#core.connectionId;
  }

  /** This client's counts, as a copy. Totals by domain are in the `metrics` option's registry. */
  get stats(): Readonly<StatValues> {
    return { ...this.#metrics.stats };
  }

  /**
   * A list of everything that is alive, as a frozen copy: the connection, its calls, and its
   * streams with the reason why each of them waits. It costs one walk through these objects, and
   * changes nothing.
   */
  snapshot(): Snapshot {
    return this.#core.snapshot();
  }

  /** The logger for all lines from now on. */
  set logger(logger: Logger) {
    checkArgument('client', 'logger', logger, LOGGER);
    this.#common.environment.log.current = logger;
  }

  /**
   * Resolves when the client is connected; while it reconnects, with the next connection. Rejects when
   * the client is closed, or when the signal or the time limit in the options ends the wait; connecting
   * goes on in that case.
   */
  whenReady(options?: WaitOptions): Promise<void> {
    const about = { what: 'connecting', scope: 'connection' } as const;
    return waitWithin(this.#core.whenReady(), this.#common.environment.clock, options, about);
  }

  /**
   * Calls a verb. A sink among the arguments is handed to the server, which gets its source. A sink
   * in the handler's result arrives here as a source.
   *
   * @returns the handler's result. For a verb without reply: undefined, once the request is with
   *   the kernel.
   * @throws RemoteError when the handler failed, UnknownVerbError, SerializationError, and
   *   ClosedError when the connection is closed or lost before the reply; its `mayHaveRun` says whether
   *   the handler may have run.
   */
  call<F extends Signature>(verb: Verb<F>, ...args: CallerArguments<F>): Promise<CallerResult<F>> {
    return this.#core.calls.call(verb, args, NO_OPTIONS) as Promise<CallerResult<F>>;
  }

  /**
   * A view of this client with a deadline or a signal for its calls. It is cheap enough to be made
   * for one call.
   *
   * @throws OptionError for options that can't work.
   */
  with(options: CallOptions): CallView {
    const own = optionsOf('client.with', options, CALL_OPTIONS);
    const { calls } = this.#core;
    return {
      call: <F extends Signature>(verb: Verb<F>, ...args: CallerArguments<F>) =>
        calls.call(verb, args, own) as Promise<CallerResult<F>>,
    };
  }

  /**
   * A proxy of the object that the server exposes under this name. Calling a method of the proxy
   * calls the method of the object. The proxy can be made before the client is connected. It costs
   * little, so there can be one for each set of options.
   *
   * The arguments are read when the call is sent, which may be later than the call was made: leave
   * them unchanged until there is a result. A call rejects with the error that the method throws,
   * with UnknownVerbError if there is no such method, with UnsupportedError if the server does not
   * speak our extension, and with the errors of `call`.
   *
   * @typeParam T - the type of the exposed object.
   * @throws MisuseError or OptionError for a name or options that can't work.
   */
  api<T>(name: string, options: ApiOptions = {}): Api<T> {
    // The proxy has the methods of the object that the server exposes.
    return this.#services.api(name, options) as Api<T>;
  }

  /** The services that the server exposes. */
  describe(): Promise<ServerDescription> {
    return this.#services.describe();
  }

  /**
   * Opens a stream: a connection of its own to the same server. Pass the sink in a call, so that
   * the server gets the source. While the client reconnects, it waits for the next connection. If the
   * first one of a resumable stream is cut off or comes too late, it is tried again, up to 40 times.
   *
   * @param options - the serializer of the stream's messages (default: the one that the verb
   *   declares for it, or else the connection's), whether the stream is resumable, and bounds for
   *   opening.
   * @throws MisuseError when the server has no streaming, RefusedError at `limits.maxChildren`,
   *   UnsupportedError if a resumable stream is asked for and the server can't resume it,
   *   TimeoutError after `connectTimeoutMs`, ClosedError if the client is closed or can't connect.
   */
  async makeStreamSink<T extends unknown[]>(options: MakeSinkOptions<T> = {}): Promise<Sink<T>> {
    const own = optionsOf<MakeSinkOptions<T>>('client.makeStreamSink', options, MAKE_SINK_OPTIONS);
    const { serializer, resumable, checksum, ...bounds } = own;
    const terms = judgedBy('client.makeStreamSink', () => resumableTerms(resumable, checksum));
    return this.#core.makeSink(serializer, bounds, terms);
  }

  /**
   * Closes in order: waits until the peer's readers have taken the end of every closed sink, then
   * fails pending calls and open streams with ClosedError. Resolves when all sockets are closed. A
   * second call has the same outcome as the first.
   *
   * @param options - how long to wait. Default: 30,000 ms.
   * @throws OptionError, as a rejection, if `graceMs` is not a number from 0 on.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    await this.#core.close(resolveGraceMs(options, 'client.close'));
  }

  /** Closes at once: pending calls and open streams fail with ClosedError. Resolves when all sockets are closed. */
  abort(reason?: unknown): Promise<void> {
    return this.#core.abort(reason);
  }

  /** Does the same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The offer of a main connection. */
function makeOffer(
  { isolationCookie = '' }: ClientOptions,
  { environment, hasExtension }: Common,
  { reconnect, sendTimeout, sendHandlerDuration }: ResolvedClientOptions,
  { token }: TokenRules,
): Features {
  const { compression, extensionVersion: version } = environment;
  const keepMs = offeredKeepMs(reconnect);
  return {
    compress: compression?.supported,
    hasTimeout: sendTimeout,
    isolation: isolationCookie === '' ? undefined : Buffer.from(isolationCookie, 'utf8'),
    hasHandlerDuration: sendHandlerDuration,
    extension: hasExtension ? encodeExtension({ version, token, keepMs }) : undefined,
  };
}

const NO_OPTIONS: CallOptions = Object.freeze({});
