import { setMaxListeners } from 'node:events';

import { Deferred } from '../base/deferred.ts';
import type { StatValues } from '../base/stats.ts';
import { waitFor } from '../base/waiting.ts';
import { type Dialed, dialAndNegotiate } from '../connection/dial.ts';
import type { Environment } from '../connection/environment.ts';
import { agreedExtension } from '../connection/extension.ts';
import { LinkCensus } from '../connection/link-census.ts';
import { ClosedError, MisuseError, ProtocolError, RefusedError } from '../errors.ts';
import type { Serializer } from '../serializer/serializer.ts';
import { ChildConnection } from '../stream/child-connection.ts';
import type { ParentEnd } from '../stream/child-options.ts';
import { Children } from '../stream/children.ts';
import { Leaks } from '../stream/leaks.ts';
import type { Parent } from '../stream/parent.ts';
import { SinkHalf } from '../stream/sink-half.ts';
import { StreamSink } from '../stream/stream-sink.ts';
import type { Sink, WaitOptions } from '../stream-types.ts';
import type { TransportSocket } from '../transport/transport.ts';
import type { ControlMessage } from '../wire/control-message.ts';
import type { Features } from '../wire/feature.ts';
import { Caller } from './caller.ts';
import { childOffer, mainOffer, type OfferOptions } from './client-offer.ts';
import { ReplyReader } from './reply-reader.ts';

/** What a client's connections need. */
export interface ClientCore extends OfferOptions {
  readonly environment: Environment;
  readonly dial: (signal: AbortSignal | undefined) => Promise<TransportSocket>;
  readonly defaultSerializer: Serializer;
  readonly stats: StatValues;
  readonly streamStats: StatValues;
  readonly maxQueuedCalls: number;
  /** The client's connection is over, with its cause. */
  onClosed(cause: Error): void;
}

/** Where a client's connection stands. */
export type ClientState = 'connecting' | 'connected' | 'closing' | 'closed';

/** A client's main connection, its calls, and the streams that belong to it. */
export class ClientConnection implements Parent {
  readonly environment: Environment;
  readonly name: string = 'server';
  readonly defaultSerializer: Serializer;
  readonly leaks: Leaks;
  readonly children: Children;
  readonly caller: Caller;

  readonly #core: ClientCore;
  readonly #ready = new Deferred();
  readonly #links = new LinkCensus();
  readonly #giveUp = new AbortController();
  #state: ClientState = 'connecting';
  #cause: Error | undefined;
  #closing: Promise<void> | undefined;
  #main: Dialed | undefined;
  #hasExtension = false;
  /** What every child offers; undefined before it is connected, or without streaming. */
  #childOffer: Features | undefined;

  constructor(core: ClientCore) {
    this.#core = core;
    this.environment = core.environment;
    this.defaultSerializer = core.defaultSerializer;
    this.children = new Children(core.defaultSerializer);
    this.leaks = new Leaks({ log: core.environment.log, who: 'client', stats: core.stats });
    this.caller = new Caller({
      environment: core.environment,
      children: this.children,
      stats: core.stats,
      defaultSerializer: core.defaultSerializer,
      maxQueuedCalls: core.maxQueuedCalls,
    });
    // Every stream that is being opened listens to it.
    setMaxListeners(0, this.#giveUp.signal);
    void this.#connect();
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The id that the server gave the connection; undefined without streaming or before it is connected. */
  get connectionId(): bigint | undefined {
    return this.#main?.features.connectionId;
  }

  /** Resolves when connected, rejects when that failed. */
  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /** Opens a stream: dials a child connection and returns its sink. */
  async makeStreamSink<T extends unknown[]>(
    serializer: Serializer<T>,
    bounds: WaitOptions,
  ): Promise<Sink<T>> {
    const about = { what: 'opening the stream', scope: 'stream' } as const;
    if (bounds.signal === undefined && bounds.timeoutMs === undefined) {
      return new StreamSink<T>(
        new SinkHalf(await this.#dialChild(this.#giveUp.signal), serializer),
      );
    }
    const giveUp = new AbortController();
    const child = this.#dialChild(AbortSignal.any([this.#giveUp.signal, giveUp.signal]));
    try {
      return new StreamSink<T>(
        new SinkHalf(await waitFor(child, this.environment.clock, bounds, about), serializer),
      );
    } catch (error) {
      giveUp.abort(error);
      child.then(
        (late) => late.abort(error, 'local'),
        () => {},
      );
      throw error;
    }
  }

  /**
   * Closes in order: waits up to `graceMs` until the readers of all closed sinks have taken the end
   * of stream, then ends everything. A second call has the first one's outcome.
   */
  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** Closes at once. */
  async abort(reason: unknown): Promise<void> {
    this.#end(new ClosedError('the client was aborted', 'local', reason), 'aborted');
    await this.#links.whenEmpty();
  }

  removeChild(id: bigint, _isBroken: boolean): void {
    this.children.remove(id);
  }

  tellPeer(message: ControlMessage): void {
    this.caller.sendControl(message);
  }

  async #close(graceMs: number): Promise<void> {
    if (this.#state === 'connected' && graceMs > 0) {
      this.#state = 'closing';
      const confirmations = this.children
        .all()
        .filter((child) => child.isUnconfirmed)
        .map((child) => child.whenConfirmed());
      const about = { what: 'closing', scope: 'connection' } as const;
      const all = Promise.allSettled(confirmations);
      await waitFor(all, this.environment.clock, { timeoutMs: graceMs }, about).catch(() => {});
    }
    this.#end(new ClosedError('the client was closed', 'local'), 'closed');
    await this.#links.whenEmpty();
  }

  async #connect(): Promise<void> {
    const core = this.#core;
    try {
      const { mainBudgetBytes } = core.environment.limits;
      const main = await this.#dial(mainOffer(core), mainBudgetBytes, this.#giveUp.signal);
      core.stats.sentMessages++;
      if (this.#cause !== undefined) {
        main.link.destroy(this.#cause);
        return;
      }
      this.#open(main);
    } catch (error) {
      this.#end(closedError(error), 'lost');
      this.#links.destroyAll(error);
    }
  }

  #open(main: Dialed): void {
    const { features, link } = main;
    const { hasExtension } = this.#core;
    this.#hasExtension = agreedExtension(hasExtension, features.extension) !== undefined;
    this.#main = main;
    if (features.connectionId !== undefined) {
      this.#childOffer = childOffer(this.#core, features.connectionId, this.#hasExtension);
    }
    const reader = new ReplyReader({
      environment: this.environment,
      link,
      compressor: main.compressor,
      hasDuration: features.hasHandlerDuration,
      hasExtension: this.#hasExtension,
      caller: this.caller,
      children: this.children,
      stats: this.#core.stats,
      defaultSerializer: this.defaultSerializer,
      onClose: (cause) => this.#end(closedError(cause), 'lost'),
    });
    this.#state = 'connected';
    link.handOver(reader);
    const rest = main.takeRest();
    if (rest.length > 0) reader.onData(rest);
    if (link.phase === 'open') link.resume();
    this.caller.open(link, features.hasTimeout);
    this.#ready.resolve();
  }

  async #dialChild(signal: AbortSignal): Promise<ChildConnection> {
    await this.#ready.promise;
    const offer = this.#assertStreams();
    const { sinkBudgetBytes } = this.environment.limits;
    const dialed = await this.#dial(offer, sinkBudgetBytes, signal);
    this.#core.streamStats.sentMessages++;
    const { link, features, compressor } = dialed;
    const cause = this.#cause ?? (signal.aborted ? (signal.reason as Error) : undefined);
    if (cause !== undefined || features.connectionId === undefined) {
      const error = cause ?? new ProtocolError('the server gave the stream no connection id');
      link.destroy(error);
      throw error;
    }
    const child = new ChildConnection({
      id: features.connectionId,
      link,
      compressor,
      hasExtension: this.#hasExtension && features.extension !== undefined,
      isAccepted: false,
      parent: this,
    });
    this.children.add(child);
    child.start(dialed.takeRest());
    return child;
  }

  /** What a child is to offer. @throws if none may be opened. */
  #assertStreams(): Features {
    if (this.#cause !== undefined) throw this.#cause;
    if (this.#state === 'closing') throw new ClosedError('the client is closing', 'local');
    if (this.#childOffer === undefined) {
      throw new MisuseError('Streaming is not supported by the server', 'stream');
    }
    const { maxChildren } = this.environment.limits;
    if (this.children.size >= maxChildren) {
      throw new RefusedError(
        `${this.children.size} streams are open, as many as limits.maxChildren allows`,
        { scope: 'stream', initiator: 'local', retryable: true },
      );
    }
    return this.#childOffer;
  }

  #dial(offer: Features, budgetBytes: number, signal: AbortSignal): Promise<Dialed> {
    return dialAndNegotiate({
      environment: this.environment,
      dial: this.#core.dial,
      offer,
      compression: this.#core.compression,
      budgetBytes,
      signal,
      onLink: (link) => this.#links.add(link),
    });
  }

  #end(cause: Error, how: ParentEnd): void {
    if (this.#cause !== undefined) {
      // Streams that have outlived a lost connection end with the client.
      if (how !== 'lost') this.children.orphanAll(this.#cause, how);
      if (how === 'aborted') this.#links.destroyAll(cause);
      return;
    }
    this.#cause = cause;
    this.#state = 'closed';
    this.#giveUp.abort(cause);
    this.caller.close(cause);
    this.children.orphanAll(cause, how);
    if (how === 'aborted') this.#links.destroyAll(cause);
    else this.#main?.link.discard(cause);
    this.#ready.reject(cause);
    this.#core.onClosed(cause);
  }
}

function closedError(error: unknown): Error {
  if (error instanceof Error) return error;
  return new ClosedError('the connection was closed', 'transport', error);
}
