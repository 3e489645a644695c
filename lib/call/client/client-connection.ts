import { setMaxListeners } from 'node:events';

import { Deferred } from '../../base/deferred.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import { waitFor, type WaitSubject } from '../../base/waiting.ts';
import type { Dialed, Dialer } from '../../connection/handshake/dialer.ts';
import type { Environment } from '../../settings/environment.ts';
import { LIVENESS_VERSION } from '../../connection/handshake/extension.ts';
import { Keepalive } from '../../connection/link/keepalive.ts';
import { ClosedError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import { Leaks } from '../../stream/half/leaks.ts';
import type { Parent } from '../../stream/half/parent.ts';
import type { GoingAway, MainMessage } from '../../wire/main-message.ts';
import { Caller } from './caller.ts';
import type { EmitClientEvent } from './client-events.ts';
import { mainOffer, type OfferOptions } from './client-offer.ts';
import { ClientStreams } from './client-streams.ts';
import { leftInOrder, leftInTheMiddle, refusedByLeaver } from '../common/going-away.ts';
import { ReplyReader } from './reply-reader.ts';

/** What a client's connections need. */
export interface ClientCore extends OfferOptions {
  readonly environment: Environment;
  readonly dialer: Dialer;
  readonly defaultSerializer: Serializer;
  readonly stats: StatValues;
  readonly streamStats: StatValues;
  readonly maxQueuedCalls: number;
  readonly emit: EmitClientEvent;
  /** The client's connection is over, with its cause. */
  onClosed(cause: Error): void;
}

/**
 * Where a client's connection stands. While it is `closing`, by its own `close()` or because the server
 * goes away, it opens no streams, and what is under way goes on.
 */
export type ClientState = 'connecting' | 'connected' | 'closing' | 'closed';

const CONNECTING: WaitSubject = { what: 'connecting', scope: 'connection' };

/** A client's main connection, its calls, and the streams that belong to it. */
export class ClientConnection implements Parent {
  readonly environment: Environment;
  readonly name: string = 'server';
  readonly defaultSerializer: Serializer;
  readonly leaks: Leaks;
  readonly streams: ClientStreams;
  readonly caller: Caller;

  readonly #core: ClientCore;
  readonly #ready = new Deferred();
  readonly #giveUp = new AbortController();
  #state: ClientState = 'connecting';
  #cause: Error | undefined;
  #closing: Promise<void> | undefined;
  #main: Dialed | undefined;
  /** What the server said when it began to go away. */
  #departure: GoingAway | undefined;

  constructor(core: ClientCore) {
    this.#core = core;
    this.environment = core.environment;
    this.defaultSerializer = core.defaultSerializer;
    this.leaks = new Leaks({ log: core.environment.log, who: 'client', stats: core.stats });
    this.streams = new ClientStreams(this, {
      environment: core.environment,
      offer: core,
      defaultSerializer: core.defaultSerializer,
      stats: core.streamStats,
      giveUp: this.#giveUp.signal,
      whenReady: () => this.#ready.promise,
      refusal: () => this.#cause ?? this.#closingCause(),
      dialer: core.dialer,
      onChange: () => this.#endIfLeft(),
    });
    this.caller = new Caller({
      environment: core.environment,
      children: this.streams.children,
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
    await this.#core.dialer.links.whenEmpty();
  }

  removeChild(id: bigint, _isBroken: boolean): void {
    this.streams.children.remove(id);
    this.#endIfLeft();
  }

  tellPeer(message: MainMessage): void {
    this.caller.sendMainMessage(message);
  }

  async #close(graceMs: number): Promise<void> {
    if (this.#main !== undefined && this.#cause === undefined && graceMs > 0) {
      this.#state = 'closing';
      const about = { what: 'closing', scope: 'connection' } as const;
      const all = this.streams.whenConfirmed();
      await waitFor(all, this.environment.clock, { timeoutMs: graceMs }, about).catch(() => {});
    }
    this.#end(new ClosedError('the client was closed', 'local'), 'closed');
    await this.#core.dialer.links.whenEmpty();
  }

  async #connect(): Promise<void> {
    const core = this.#core;
    // Whoever makes a client can listen to it only then.
    await Promise.resolve();
    if (this.#cause !== undefined) return;
    core.emit('connecting', { attempt: 1 });
    try {
      const { mainBudgetBytes } = core.environment.limits;
      const main = await core.dialer.dial({
        makeOffer: () => mainOffer(core),
        budgetBytes: mainBudgetBytes,
        about: CONNECTING,
        signals: [this.#giveUp.signal],
      });
      core.stats.sentMessages++;
      if (this.#cause !== undefined) {
        main.link.destroy(this.#cause);
        return;
      }
      this.#open(main);
    } catch (error) {
      this.#end(closedError(error), 'lost');
      this.#core.dialer.links.destroyAll(error);
    }
  }

  #open(main: Dialed): void {
    const { extension, features, link } = main;
    this.#main = main;
    const { connectionId } = features;
    if (connectionId !== undefined) this.streams.connected(connectionId, extension);
    const keepalive = extension && new Keepalive(this.environment, link, this);
    const reader = new ReplyReader({
      environment: this.environment,
      link,
      compressor: main.compressor,
      hasDuration: features.hasHandlerDuration,
      keepalive,
      caller: this.caller,
      children: this.streams.children,
      stats: this.#core.stats,
      defaultSerializer: this.defaultSerializer,
      onGoingAway: (message) => this.#onGoingAway(message),
      onClose: (cause) => this.#onLost(closedError(cause)),
    });
    this.#state = 'connected';
    this.#tellConnected(main);
    this.caller.open(link, features.hasTimeout, extension?.version ?? 0);
    if (extension !== undefined && extension.version >= LIVENESS_VERSION) keepalive?.start();
    link.handOver(reader);
    const rest = main.takeRest();
    if (rest.length > 0) reader.onData(rest);
    if (link.phase === 'open') link.resume();
    this.#ready.resolve();
  }

  #tellConnected({ extension, features, link }: Dialed): void {
    this.#core.emit('connected', {
      peer: link.peer,
      connectionId: features.connectionId,
      hasExtension: extension !== undefined,
    });
  }

  /** What is under way goes on; the connection ends with the last of it. */
  #onGoingAway(message: GoingAway): void {
    if (this.#departure !== undefined || this.#cause !== undefined) return;
    this.#departure = message;
    this.#state = 'closing';
    this.caller.refuse({
      refusal: () => refusedByLeaver('call'),
      onSettled: () => this.#endIfLeft(),
    });
    this.#core.emit('goingAway', {
      graceMs: message.graceMs,
      calls: this.caller.sentCount,
      streams: this.streams.open,
    });
    this.#endIfLeft();
  }

  #endIfLeft(): void {
    if (this.#departure === undefined) return;
    if (this.caller.sentCount === 0 && this.streams.open === 0) this.#end(leftInOrder(), 'closed');
  }

  #onLost(cause: Error): void {
    this.#end(this.#departure ? leftInTheMiddle(this.#departure, cause) : cause, 'lost');
  }

  #closingCause(): Error | undefined {
    if (this.#departure !== undefined) return refusedByLeaver('stream');
    if (this.#state !== 'closing') return undefined;
    return new ClosedError('the client is closing', 'local');
  }

  #end(cause: Error, how: ParentEnd): void {
    if (this.#cause !== undefined) {
      // Streams that have outlived a lost connection end with the client.
      if (how !== 'lost') this.streams.orphanAll(this.#cause, how);
      if (how === 'aborted') this.#core.dialer.links.destroyAll(cause);
      return;
    }
    this.#cause = cause;
    this.#state = 'closed';
    this.#giveUp.abort(cause);
    this.caller.close(cause);
    this.streams.orphanAll(cause, how);
    if (how === 'aborted') this.#core.dialer.links.destroyAll(cause);
    else this.#main?.link.discard(cause, true);
    this.#ready.reject(cause);
    this.#core.onClosed(cause);
    if (this.#main !== undefined) this.#core.emit('disconnected', { cause, willReconnect: false });
    this.#core.emit('closed', { cause });
  }
}

function closedError(error: unknown): Error {
  if (error instanceof Error) return error;
  return new ClosedError('the connection was closed', 'transport', error);
}
