import { Deferred } from '../base/deferred.ts';
import { waitFor, type WaitSubject } from '../base/waiting.ts';
import { Attachment, type AttachmentOwner } from '../call/client/attachment.ts';
import type { ClientMetrics } from '../call/client/client-metrics.ts';
import { closedError } from '../call/common/closed-error.ts';
import { snapshotSession } from '../call/common/connection-snapshot.ts';
import { goingAwayRefusal } from '../call/common/going-away.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import type { Snapshot } from '../diagnostics/snapshot.ts';
import { ClosedError } from '../errors/errors.ts';
import type { ChildConnection } from '../stream/child/child-connection.ts';
import type { ParentEnd } from '../stream/half/half-listener.ts';
import { Leaks } from '../stream/half/leaks.ts';
import type { OfferedLane } from '../stream/lane/dialed-lanes.ts';
import { ValueStreams } from '../stream/value/value-streams.ts';
import type { Sink, TupleSerializer, WaitOptions } from '../types/sink-source.ts';
import type { GoingAway } from '../wire/main-message.ts';
import { CallQueue, type CallRules } from './call-queue.ts';
import type { ClientEventTeller } from './client-events.ts';
import { type ChildOpener, openSink } from './sink-opening.ts';

/**
 * The state of a client's connection. A client is `closing` after its own `close()`, or because the
 * server goes away: it opens no more streams, and calls and streams under way go on.
 */
export type ClientState = 'connecting' | 'connected' | 'closing' | 'closed';

const CONNECTING: WaitSubject = { what: 'connecting', scope: 'connection' };

/**
 * The parts of a client that outlive a connection: the calls that wait to be sent, the streams in
 * values and their numbers, the user's events and the state. The core sends by one attachment at a
 * time. A detached attachment finishes its calls and streams beside the next one.
 *
 *     connecting --attached--> connected --close, going away--> closing --> closed
 *         \                        \
 *          `--failed, closed--------`--lost, closed--> closed
 */
export class ClientCore implements AttachmentOwner, ChildOpener {
  /** Makes calls. */
  readonly calls: CallQueue;
  readonly #dialer: Dialer;
  readonly #metrics: ClientMetrics;
  readonly #events: ClientEventTeller;
  readonly #valueStreams: ValueStreams;
  readonly #leaks: Leaks;
  /** Replaced when the attachment is gone. */
  #attached = new Deferred<Attachment>();
  #attachment: Attachment | undefined;
  /** Detached attachments that are not over yet. */
  readonly #leaving = new Set<Attachment>();
  #state: ClientState = 'connecting';
  #cause: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    dialer: Dialer,
    metrics: ClientMetrics,
    events: ClientEventTeller,
    calls: Omit<CallRules, 'peer'>,
  ) {
    const { environment } = dialer;
    const { stats } = metrics;
    this.#dialer = dialer;
    this.#metrics = metrics;
    this.#events = events;
    this.#leaks = new Leaks(environment.collector, {
      log: environment.log,
      who: dialer.name,
      stats,
    });
    this.#valueStreams = new ValueStreams(environment, this.#leaks);
    this.calls = new CallQueue(environment, stats, { ...calls, peer: dialer.place });
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The id that the server gave the connection; undefined without streaming or before it is connected. */
  get connectionId(): bigint | undefined {
    return this.#attachment?.main.agreed.connectionId;
  }

  /** The list of everything that is alive now. */
  snapshot(): Snapshot {
    const attachments = this.#attachment === undefined ? [] : [this.#attachment];
    const connections = [...attachments, ...this.#leaving]
      .filter(({ main }) => main.link.phase !== 'closed')
      .map((attachment) => attachment.snapshot());
    const id = this.#attachment?.main.link.use?.shownId;
    const session = snapshotSession(id, this.#valueStreams, this.calls.size);
    return Object.freeze({
      side: 'client',
      state: this.#state,
      opening: this.#dialer.opening,
      background: 0,
      sessions: Object.freeze(this.#cause === undefined ? [session] : []),
      connections: Object.freeze(connections),
    });
  }

  /** Resolves when connected, rejects when connecting has failed. */
  async whenReady(): Promise<void> {
    await this.#attached.promise;
  }

  /** Connects once. A failure ends the client. */
  async connect(): Promise<void> {
    const { environment, offer } = this.#dialer;
    const { mainBudgetBytes } = environment.limits;
    // The user can add listeners only after the constructor has returned.
    await Promise.resolve();
    if (this.#cause !== undefined) return;
    this.#events.tell('connecting', { attempt: 1 });
    try {
      const main = await this.#dialer.dial(() => offer, mainBudgetBytes, CONNECTING, []);
      this.#metrics.stats.sentMessages++;
      if (this.#cause === undefined) this.attach(this.#makeAttachment(main));
      else main.link.abort(this.#cause);
    } catch (error) {
      this.#end(closedError(error), 'lost');
      this.#dialer.links.abortAll(error);
    }
  }

  /** Sends by this attachment from now on. An earlier attachment finishes its calls and streams. */
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

  /**
   * Stops sending by the attachment, which finishes its calls and streams. Calls wait for the next
   * one.
   */
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
  makeSink<T extends unknown[]>(
    serializer: TupleSerializer<T> | undefined,
    bounds: WaitOptions,
  ): Promise<Sink<T>> {
    return openSink(this, serializer, this.#dialer.environment.clock, bounds);
  }

  async openChild(signals: readonly AbortSignal[]): Promise<ChildConnection> {
    const attachment = await this.#attached.promise;
    if (this.#cause !== undefined) throw this.#cause;
    return attachment.dialChild(signals);
  }

  /** A lane for a stream that a call's result may hold; undefined if none is idle. */
  offerLane(): OfferedLane | undefined {
    return this.#attachment?.lanes.offer();
  }

  /**
   * Closes in order: waits up to `graceMs` until the readers of all closed sinks have taken the end
   * of stream, then ends everything. A second call has the same outcome as the first.
   */
  close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  /** Closes at once. */
  async abort(reason: unknown): Promise<void> {
    this.#end(new ClosedError('the client was aborted', 'local', reason), 'aborted');
    await this.#dialer.links.whenEmpty();
  }

  onGoingAway(attachment: Attachment, { graceMs }: GoingAway): void {
    if (attachment !== this.#attachment) return;
    this.#state = 'closing';
    this.calls.refuse(() => goingAwayRefusal('call'));
    this.#events.tell('goingAway', {
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
      const { clock } = this.#dialer.environment;
      const all = attachment.whenConfirmed();
      await waitFor(all, clock, { timeoutMs: graceMs }, about).catch(() => {});
    }
    this.#end(new ClosedError('the client was closed', 'local'), 'closed');
    await this.#dialer.links.whenEmpty();
  }

  #makeAttachment(main: Dialed): Attachment {
    return new Attachment(main, this.#dialer, this.#valueStreams, this.#metrics);
  }

  #tellConnected({ agreed, link }: Dialed): void {
    this.#events.tell('connected', {
      peer: link.peer,
      connectionId: agreed.connectionId,
      hasExtension: agreed.capabilities.mainMessages,
    });
  }

  #end(cause: Error, how: ParentEnd): void {
    const attachment = this.#attachment;
    const isFirst = this.#cause === undefined;
    if (isFirst) {
      this.#cause = cause;
      this.#state = 'closed';
      this.#dialer.close(cause);
    }
    // Streams that have outlived a lost connection end with the client.
    if (isFirst || how !== 'lost') this.#endAttachments(this.#cause ?? cause, how);
    if (how === 'aborted') this.#dialer.links.abortAll(cause);
    if (!isFirst) return;
    this.calls.close(cause);
    this.#valueStreams.end(cause);
    this.#attached.reject(cause);
    this.#metrics.close();
    if (attachment !== undefined)
      this.#events.tell('disconnected', { cause, willReconnect: false });
    this.#events.tell('closed', { cause });
  }

  #endAttachments(cause: Error, how: ParentEnd): void {
    this.#attachment?.end(cause, how);
    for (const attachment of this.#leaving) attachment.end(cause, how);
  }
}
