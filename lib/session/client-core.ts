import { Deferred } from '../base/deferred.ts';
import { waitFor, type WaitSubject } from '../base/waiting.ts';
import { Attachment, type AttachmentOwner } from '../call/client/attachment.ts';
import { mainOffer, type OfferOptions } from '../call/client/client-offer.ts';
import { closedError } from '../call/common/closed-error.ts';
import { goingAwayRefusal } from '../call/common/going-away.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import { ClosedError } from '../errors/errors.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { Environment } from '../settings/environment.ts';
import type { ChildConnection } from '../stream/child/child-connection.ts';
import type { ParentEnd } from '../stream/half/half-listener.ts';
import { Leaks } from '../stream/half/leaks.ts';
import type { OfferedLane } from '../stream/lane/dialed-lanes.ts';
import { ValueStreams } from '../stream/value/value-streams.ts';
import type { Sink, WaitOptions } from '../types/sink-source.ts';
import type { GoingAway } from '../wire/main-message.ts';
import { CallQueue } from './call-queue.ts';
import type { ClientEventTeller } from './client-events.ts';
import type { ClientMetrics } from './client-metrics.ts';
import { type ChildOpener, openSink } from './sink-opening.ts';

/** The options of a client, resolved, with its collaborators. */
export interface ClientCoreOptions {
  readonly environment: Environment;
  readonly dialer: Dialer;
  readonly offer: OfferOptions;
  readonly metrics: ClientMetrics;
  readonly maxQueuedCalls: number;
  readonly events: ClientEventTeller;
}

/**
 * Where a client's connection stands. While it is `closing`, by its own `close()` or because the server
 * goes away, it opens no streams, and what is under way goes on.
 */
export type ClientState = 'connecting' | 'connected' | 'closing' | 'closed';

const CONNECTING: WaitSubject = { what: 'connecting', scope: 'connection' };

/**
 * All of a client that outlives a connection: the calls that wait to be sent, the streams in values
 * and their numbers, the user's events and the state. It sends by one attachment at a time. One that
 * was detached finishes what is under way beside the next one.
 *
 *     connecting --attached--> connected --close, going away--> closing --> closed
 *         \                        \
 *          `--failed, closed--------`--lost, closed--> closed
 */
export class ClientCore implements AttachmentOwner, ChildOpener {
  /** Makes calls. */
  readonly calls: CallQueue;
  readonly #options: ClientCoreOptions;
  readonly #valueStreams: ValueStreams;
  readonly #leaks: Leaks;
  /** Replaced when there is no attachment any more. */
  #attached = new Deferred<Attachment>();
  #attachment: Attachment | undefined;
  /** Attachments that were replaced and are not over. */
  readonly #leaving = new Set<Attachment>();
  #state: ClientState = 'connecting';
  #cause: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ClientCoreOptions) {
    const { environment, maxQueuedCalls, metrics } = options;
    const { stats } = metrics;
    this.#options = options;
    this.#leaks = new Leaks({ log: environment.log, who: 'client', stats });
    this.#valueStreams = new ValueStreams(environment, this.#leaks);
    this.calls = new CallQueue(environment, stats, maxQueuedCalls);
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The id that the server gave the connection; undefined without streaming or before it is connected. */
  get connectionId(): bigint | undefined {
    return this.#attachment?.main.features.connectionId;
  }

  /** Resolves when connected, rejects when that failed. */
  async whenReady(): Promise<void> {
    await this.#attached.promise;
  }

  /** Connects once. A failure ends the client. */
  async connect(): Promise<void> {
    const { dialer, environment, events, metrics, offer } = this.#options;
    // Listeners can be added only when there is a client.
    await Promise.resolve();
    if (this.#cause !== undefined) return;
    events.tell('connecting', { attempt: 1 });
    try {
      const main = await dialer.dial({
        makeOffer: () => mainOffer(offer),
        budgetBytes: environment.limits.mainBudgetBytes,
        about: CONNECTING,
        signals: [],
      });
      metrics.stats.sentMessages++;
      if (this.#cause === undefined) this.attach(this.#makeAttachment(main));
      else main.link.abort(this.#cause);
    } catch (error) {
      this.#end(closedError(error), 'lost');
      dialer.links.abortAll(error);
    }
  }

  /** Sends by this attachment from now on. The one before, if there is one, finishes what is under way. */
  attach(attachment: Attachment): void {
    this.detach();
    this.#attachment = attachment;
    this.#state = 'connected';
    this.#tellConnected(attachment.main);
    const port = attachment.valueStreamsPort;
    if (port !== undefined) this.#valueStreams.attach(port);
    this.calls.attach(attachment.calls);
    attachment.start(this);
    this.#attached.resolve(attachment);
  }

  /** Sends no more by the attachment, which finishes what is under way. Calls wait for the next one. */
  detach(): Attachment | undefined {
    const attachment = this.#attachment;
    if (attachment === undefined) return undefined;
    this.#attachment = undefined;
    this.#attached = new Deferred();
    this.#state = 'connecting';
    this.#leaving.add(attachment);
    this.calls.detach();
    this.#valueStreams.detach();
    return attachment;
  }

  /** Opens a stream: dials a child connection and returns its sink. */
  makeSink<T extends unknown[]>(serializer: Serializer<T>, bounds: WaitOptions): Promise<Sink<T>> {
    return openSink(this, serializer, this.#options.environment.clock, bounds);
  }

  async openChild(signals: readonly AbortSignal[]): Promise<ChildConnection> {
    const attachment = await this.#attached.promise;
    if (this.#cause !== undefined) throw this.#cause;
    return attachment.dialChild(signals);
  }

  /** A lane for the stream that a call's result may be; undefined if none is idle. */
  offerLane(): OfferedLane | undefined {
    return this.#attachment?.lanes.offer();
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
    await this.#options.dialer.links.whenEmpty();
  }

  onGoingAway(attachment: Attachment, { graceMs }: GoingAway): void {
    if (attachment !== this.#attachment) return;
    this.#state = 'closing';
    this.calls.refuse(() => goingAwayRefusal('call'));
    this.#options.events.tell('goingAway', {
      graceMs,
      calls: attachment.calls.size,
      streams: attachment.openStreams,
    });
  }

  onOver(attachment: Attachment, cause: Error, how: ParentEnd): void {
    if (attachment === this.#attachment) this.#end(cause, how);
    else if (this.#leaving.delete(attachment)) attachment.end(cause, how);
  }

  async #close(graceMs: number): Promise<void> {
    const attachment = this.#attachment;
    if (attachment !== undefined && this.#cause === undefined && graceMs > 0) {
      this.#state = 'closing';
      attachment.refuseStreams(() => new ClosedError('the client is closing', 'local'));
      const about = { what: 'closing', scope: 'connection' } as const;
      const { clock } = this.#options.environment;
      const all = attachment.whenConfirmed();
      await waitFor(all, clock, { timeoutMs: graceMs }, about).catch(() => {});
    }
    this.#end(new ClosedError('the client was closed', 'local'), 'closed');
    await this.#options.dialer.links.whenEmpty();
  }

  #makeAttachment(main: Dialed): Attachment {
    const { environment, dialer, offer, metrics } = this.#options;
    return new Attachment({
      environment,
      main,
      dialer,
      offer,
      valueStreams: this.#valueStreams,
      leaks: this.#leaks,
      stats: metrics.stats,
      streamStats: metrics.streamStats,
    });
  }

  #tellConnected({ extension, features, link }: Dialed): void {
    this.#options.events.tell('connected', {
      peer: link.peer,
      connectionId: features.connectionId,
      hasExtension: extension !== undefined,
    });
  }

  #end(cause: Error, how: ParentEnd): void {
    const { dialer, events, metrics } = this.#options;
    const attachment = this.#attachment;
    const isFirst = this.#cause === undefined;
    if (isFirst) {
      this.#cause = cause;
      this.#state = 'closed';
      dialer.close(cause);
    }
    // Streams that have outlived a lost connection end with the client.
    if (isFirst || how !== 'lost') this.#endAttachments(this.#cause ?? cause, how);
    if (how === 'aborted') dialer.links.abortAll(cause);
    if (!isFirst) return;
    this.calls.close(cause);
    this.#valueStreams.end(cause);
    this.#attached.reject(cause);
    metrics.close();
    if (attachment !== undefined) events.tell('disconnected', { cause, willReconnect: false });
    events.tell('closed', { cause });
  }

  #endAttachments(cause: Error, how: ParentEnd): void {
    this.#attachment?.end(cause, how);
    for (const attachment of this.#leaving) attachment.end(cause, how);
  }
}
