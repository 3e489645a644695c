import { waitFor } from '../base/waiting.ts';
import type { Attachment, AttachmentOwner } from '../call/client/attachment.ts';
import type { OpenedStream } from '../call/client/child-dialer.ts';
import type { ClientMetrics } from '../call/client/client-metrics.ts';
import type { PendingCall } from '../call/client/pending-call.ts';
import { retryableLoss } from '../call/common/closed-error.ts';
import { goingAwayRefusal, leaving } from '../call/common/going-away.ts';
import type { Dialed, Dialer } from '../connection/handshake/dialer.ts';
import type { Snapshot } from '../diagnostics/snapshot.ts';
import { ClosedError } from '../errors/errors.ts';
import type { ParentEnd } from '../stream/half/half-listener.ts';
import type { OfferedLane } from '../stream/lane/dialed-lanes.ts';
import type { ResumableTerms } from '../stream/resume/resumable-terms.ts';
import type { Sink, WaitOptions } from '../types/sink-source.ts';
import type { TupleSerializer } from '../types/tuple-serializer.ts';
import type { Peer } from '../transport/transport.ts';
import type { Features } from '../wire/feature.ts';
import type { GoingAway } from '../wire/main-message.ts';
import { Attachments } from './attachments.ts';
import { CallQueue, type CallRules } from './call-queue.ts';
import { type Attached, ClientSessions } from './client-sessions.ts';
import { snapshotClient } from './client-snapshot.ts';
import { type ClientEventTeller, connectedEvent } from './client-events.ts';
import type { ClientState } from './client-state.ts';
import { CONNECT_ONCE, Connector, type ConnectorListener, type ConnectRules } from './connector.ts';
import { type ChildOpener, openSink } from './sink-opening.ts';

/**
 * The parts of a client that outlive a connection: the calls that wait to be sent, the user's events
 * and the state. The core sends by one attachment at a time. If its server goes away, it finishes its
 * calls and streams beside the next one. Sessions own what goes on when a connection is lost.
 *
 *     connecting --attached--> connected --lost, going away--> reconnecting --attached--> connected
 *     any --close--> closing --> closed
 *     any --abort, incurable, attempts or time used up--> closed
 */
export class ClientCore implements AttachmentOwner, ChildOpener, ConnectorListener {
  /** Makes calls. */
  readonly calls: CallQueue;
  readonly #dialer: Dialer;
  readonly #metrics: ClientMetrics;
  readonly #events: ClientEventTeller;
  readonly #connector: Connector;
  readonly #sessions: ClientSessions;
  readonly #attachments = new Attachments();
  #state: ClientState = 'connecting';
  #cause: Error | undefined;
  #closing: Promise<void> | undefined;

  /** @param rules - when it connects. Default: once. */
  constructor(
    dialer: Dialer,
    metrics: ClientMetrics,
    events: ClientEventTeller,
    calls: Omit<CallRules, 'peer'>,
    rules: ConnectRules = CONNECT_ONCE,
  ) {
    const { environment } = dialer;
    this.#dialer = dialer;
    this.#metrics = metrics;
    this.#events = events;
    this.#connector = new Connector(dialer, rules, events, this);
    this.#sessions = new ClientSessions(dialer, metrics, this, rules);
    this.calls = new CallQueue(environment, metrics.stats, { ...calls, peer: dialer.place });
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The id that the server gave the connection; undefined without streaming or a connection. */
  get connectionId(): bigint | undefined {
    return this.#attachments.current?.main.agreed.connectionId;
  }

  /** The list of everything that is alive now. */
  snapshot(): Snapshot {
    const { state, calls } = this;
    const { valueStreams } = this.#sessions.streams;
    const isOver = this.#cause !== undefined;
    const { opening } = this.#dialer;
    return snapshotClient(this.#attachments, { state, opening, valueStreams, isOver, calls });
  }

  /** Resolves when connected, now or by a later attempt; rejects when the client has ended. */
  async whenReady(): Promise<void> {
    await this.#attachments.whenAttached();
  }

  /** Makes the first attempt to connect. Resolves when it has succeeded or failed. */
  connect(): Promise<void> {
    return this.#connector.connect();
  }

  get place(): Peer | undefined {
    return this.#sessions.place;
  }

  makeOffer(token?: string): Features {
    return this.#sessions.makeOffer(token);
  }

  onDialed(main: Dialed): void {
    try {
      const { attachment, goOn } = this.#sessions.attach(main);
      this.attach(attachment, goOn);
    } catch (error) {
      main.link.abort(error);
      const delayMs = this.#connector.delayAfter(error as Error, false);
      if (delayMs === undefined) this.onGivenUp(error as Error);
      else this.#connector.retryIn(delayMs, error as Error);
    }
  }

  onGivenUp(cause: Error): void {
    this.#end(cause, 'lost');
    this.#dialer.links.abortAll(cause);
  }

  /** Sends by this attachment, after `goOn`. An earlier one finishes its calls and streams. */
  attach(attachment: Attachment, goOn?: () => void): void {
    this.detach();
    this.#attachments.add(attachment);
    this.#state = 'connected';
    this.#events.tell('connected', connectedEvent(attachment.main, goOn !== undefined));
    goOn?.();
    attachment.carryStreams();
    this.calls.attach(attachment.calls);
    attachment.start(this);
    this.#attachments.announce();
  }

  onBackBeside({ attachment, goOn }: Attached, message: GoingAway): void {
    this.#attachments.addFormer(attachment);
    goOn?.();
    attachment.carryStreams();
    attachment.start(this);
    attachment.onGoingAway(message);
  }

  onLeft(connectionId: bigint | undefined, cause: Error): void {
    const willReconnect = this.#cause === undefined;
    this.#events.tell('disconnected', { connectionId, cause, willReconnect });
  }

  /** Lets the attachment finish its calls and streams. New calls and the session go to the next. */
  detach(): Attachment | undefined {
    const attachment = this.#leave();
    if (attachment !== undefined) this.#sessions.streams.detach();
    return attachment;
  }

  /** Opens a stream: dials a child connection and returns its sink. A resumable one has terms. */
  makeSink<T extends unknown[]>(
    serializer: TupleSerializer<T> | undefined,
    bounds: WaitOptions,
    terms?: ResumableTerms,
  ): Promise<Sink<T>> {
    return openSink(this, { serializer, terms }, this.#dialer.environment.clock, bounds);
  }

  async openChild(signals: readonly AbortSignal[], terms?: ResumableTerms): Promise<OpenedStream> {
    for (;;) {
      const attachment = await this.#attachments.whenAttached();
      try {
        return await attachment.dialStream(signals, terms);
      } catch (error) {
        // Nothing of the stream was begun, so that the next connection can open it as well.
        const isGone = attachment !== this.#attachments.current && this.canRepeat;
        if (!isGone || signals.some(({ aborted }) => aborted)) throw error;
      }
    }
  }

  /** A lane for a stream that a call's result may hold; undefined if none is idle. */
  offerLane(): OfferedLane | undefined {
    return this.#attachments.current?.lanes.offer();
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

  /** Whether calls may be sent again on another connection. */
  get canRepeat(): boolean {
    return this.#state === 'reconnecting' || this.#state === 'connected';
  }

  readonly repeat = (calls: readonly PendingCall[]): void => this.calls.repeat(calls);

  onGoingAway(attachment: Attachment, message: GoingAway): void {
    if (attachment !== this.#attachments.current) return;
    const cause = leaving();
    const delayMs = this.#delayAfter(cause, true);
    if (delayMs === undefined) {
      this.#state = 'closing';
      this.calls.refuse(() => goingAwayRefusal('call'));
    } else {
      this.#leave();
      this.#sessions.depart(attachment, message);
    }
    this.#events.tell('goingAway', {
      graceMs: message.graceMs,
      calls: attachment.calls.size,
      streams: attachment.openStreams,
    });
    if (delayMs !== undefined) this.#connector.retryIn(delayMs, cause);
  }

  onOver(attachment: Attachment, cause: Error, how: ParentEnd): void {
    if (attachment !== this.#attachments.current) {
      if (this.#attachments.isFormer(attachment)) this.#endFormer(attachment, cause, how);
      return;
    }
    const delayMs = this.#delayAfter(cause, false);
    if (delayMs === undefined) {
      this.#end(cause, how);
      return;
    }
    this.#leave();
    this.#sessions.park(attachment);
    this.#endFormer(attachment, retryableLoss(cause), how);
    this.#connector.retryIn(delayMs, cause);
  }

  async #close(graceMs: number): Promise<void> {
    const isUsed = this.#attachments.all.length > 0;
    if (isUsed && this.#cause === undefined && graceMs > 0) {
      this.#state = 'closing';
      const closing = (): ClosedError => new ClosedError('the client is closing', 'local');
      this.#connector.end(closing());
      const about = { what: 'closing', scope: 'connection' } as const;
      const confirmed = this.#attachments.whenConfirmed(closing);
      const { clock } = this.#dialer.environment;
      await waitFor(confirmed, clock, { timeoutMs: graceMs }, about).catch(() => {});
    }
    this.#end(new ClosedError('the client was closed', 'local'), 'closed');
    await this.#dialer.links.whenEmpty();
  }

  #delayAfter(cause: Error, isGoingAway: boolean): number | undefined {
    if (this.#state !== 'connected') return undefined;
    if (this.#sessions.hasMoved) this.#connector.onProgress();
    return this.#connector.delayAfter(cause, isGoingAway);
  }

  /** Calls wait for the next attachment from now on. */
  #leave(): Attachment | undefined {
    const attachment = this.#attachments.leave();
    if (attachment === undefined) return undefined;
    this.#state = 'reconnecting';
    this.calls.detach();
    return attachment;
  }

  #endFormer(attachment: Attachment, cause: Error, how: ParentEnd): void {
    const isAway = how === 'lost' && this.#sessions.parkLeaving(attachment, cause);
    this.#attachments.endFormer(attachment, cause, how);
    if (isAway || this.#sessions.endLeaving(attachment, cause)) return;
    // A session that has gone on elsewhere is not over.
    if (!this.#sessions.isCurrent(attachment)) attachment.session.streams.end(cause);
    this.onLeft(attachment.main.agreed.connectionId, cause);
  }

  #end(cause: Error, how: ParentEnd): void {
    const isFirst = this.#cause === undefined;
    const attachments = this.#attachments.all;
    const open = attachments.filter((each) => !each.isOver && !this.#sessions.isLeaving(each));
    if (isFirst) {
      this.#cause = cause;
      this.#state = 'closed';
      this.#connector.end(cause);
      this.#dialer.close(cause);
    }
    // Streams that have outlived a lost connection end with the client.
    if (isFirst || how !== 'lost') {
      for (const attachment of attachments) attachment.end(this.#cause ?? cause, how);
    }
    if (how === 'aborted') this.#dialer.links.abortAll(cause);
    if (!isFirst) return;
    this.calls.close(cause);
    for (const { session } of attachments) session.streams.end(cause);
    this.#sessions.end(cause);
    this.#attachments.close(cause);
    this.#metrics.close();
    for (const { main } of open) this.onLeft(main.agreed.connectionId, cause);
    this.#events.tell('closed', { cause });
  }
}
