import { UnderWay } from '../../base/under-way.ts';
import { hasId } from '../../connection/handshake/agreed.ts';
import type { Dialed, Dialer } from '../../connection/handshake/dialer.ts';
import { Keepalive } from '../../connection/link/keepalive.ts';
import { LinkUse } from '../../connection/link/link-use.ts';
import type { ConnectionSnapshot } from '../../diagnostics/snapshot.ts';
import type { ChildConnection } from '../../stream/child/child-connection.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import { Children } from '../../stream/handles/children.ts';
import { DialedLanes } from '../../stream/lane/dialed-lanes.ts';
import type { SessionStreams } from '../../stream/handles/session-streams.ts';
import type { VerbStreams } from '../../stream/verb/verb-streams.ts';
import type { ResumableTerms } from '../../stream/resume/resumable-terms.ts';
import type { Prover } from '../../connection/handshake/proof.ts';
import type { GoingAway, MainMessage } from '../../wire/main-message.ts';
import { MAX_PENDING_CALLS } from '../../wire/session-message.ts';
import { closedError } from '../common/closed-error.ts';
import { snapshotConnection } from '../common/connection-snapshot.ts';
import {
  CLOSING_TEXT,
  goingAwayRefusal,
  leftInOrder,
  leftInTheMiddle,
} from '../common/going-away.ts';
import { ChildDialer, type OpenedStream } from './child-dialer.ts';
import { ChildOffers } from './child-offers.ts';
import type { ClientMetrics } from './client-metrics.ts';
import type { MainConnection } from './main-connection.ts';
import type { PendingCall } from './pending-call.ts';
import { type ReplyListener, ReplyReader } from './reply-reader.ts';
import { RequestWriter } from './request-writer.ts';
import { type CallRepeater, SentCalls } from './sent-calls.ts';
import type { SessionFrames } from './session-frames.ts';
import { ServerPeer } from './server-peer.ts';

/** The session that goes on on the connection. */
export interface AttachedSession {
  readonly streams: SessionStreams;
  readonly frames: SessionFrames;
  /** Makes the proofs of children; undefined if they need none. */
  readonly prover: Prover | undefined;
}

/** The client that an attachment serves. The client outlives the attachment. */
export interface AttachmentOwner extends CallRepeater {
  /** The server takes no new calls and streams. Those under way go on, and `onOver` follows. */
  onGoingAway(attachment: Attachment, message: GoingAway): void;
  /**
   * The connection is lost, or its server goes away and nothing is under way any more. The owner is
   * to end the attachment.
   */
  onOver(attachment: Attachment, cause: Error, how: ParentEnd): void;
}

/**
 * One main connection of a client to a server, with everything that ends with it: the calls that
 * were sent on it, its children, its lanes and its keepalive.
 *
 *     made --start--> open --going away--> leaving --nothing under way--> over
 *                       \
 *                        `--lost, or ended by the owner--> over
 */
export class Attachment implements ReplyListener {
  readonly calls: SentCalls;
  /** Counts calls, verbs' streams, lanes and streams in values. */
  readonly underWay: UnderWay = new UnderWay();
  /** The negotiated connection. */
  readonly main: Dialed;
  readonly session: AttachedSession;
  readonly #connection: MainConnection;
  readonly #requests: RequestWriter;
  readonly #peer: ServerPeer;
  readonly #lanes: DialedLanes;
  readonly #childDialer: ChildDialer;
  /** Set by `start`. */
  #owner: AttachmentOwner | undefined;
  /** The server's announcement that it goes away. */
  #departure: GoingAway | undefined;
  /** Set by `start` if both ends speak our extension. */
  #keepalive: Keepalive | undefined;
  #isOver = false;

  /**
   * @param main - the connection, negotiated.
   * @param dialer - opens the connections of streams.
   * @param session - goes on on it.
   */
  constructor(main: Dialed, dialer: Dialer, session: AttachedSession, metrics: ClientMetrics) {
    const { agreed, link } = main;
    const { frames, prover, streams } = session;
    const { environment } = dialer;
    const { underWay } = this;
    const { stats, streamStats } = metrics;
    const hasSession = hasId(agreed) && agreed.session !== undefined;
    const children = new Children(agreed.serializer, hasSession ? streams : undefined);
    this.main = main;
    this.session = session;
    this.#connection = { environment, link, agreed, children, stats, underWay, frames };
    this.#requests = new RequestWriter(this.#connection);
    this.calls = new SentCalls(this.#connection, this.#requests);
    this.#peer = new ServerPeer(this.#connection, this.#requests, streams.leaks);
    const { offer } = dialer;
    const offers = hasId(agreed) ? new ChildOffers(offer, agreed, prover) : undefined;
    this.#childDialer = new ChildDialer(dialer, offers, this.#peer, streamStats);
    this.#lanes = new DialedLanes(this.#childDialer, streams.valueStreams, underWay);
  }

  /** The streams of its session travel with it from now on, where there can be some. */
  carryStreams(): void {
    const { underWay } = this;
    const peer = this.#peer;
    const { valueStreams, stalls } = this.#connection.children;
    valueStreams?.attach({
      peer,
      lanes: this.#lanes,
      canResume: this.main.agreed.capabilities.resume,
      produced: underWay,
      consumed: underWay,
      waiting: underWay,
    });
    this.#verbStreams?.attach({ peer, underWay, stalls, dialer: this.#childDialer });
  }

  /** The resumable streams of verbs; undefined where there can be none. */
  get #verbStreams(): VerbStreams | undefined {
    const { agreed, children } = this.#connection;
    return agreed.capabilities.resume ? children.verbStreams : undefined;
  }

  /**
   * The connection is lost, and its session is kept. Takes the calls that wait for replies, by rising
   * ids.
   *
   * @param next - takes the messages that are told from now on.
   */
  park(next: (message: MainMessage) => void): PendingCall[] {
    this.#requests.close(next);
    return this.calls.park();
  }

  /**
   * Goes on with the session. To be called before anything else is sent.
   *
   * @param calls - calls that the server has received; their replies are to come.
   * @param messages - messages that it has not received.
   */
  goOn(calls: readonly PendingCall[], messages: readonly MainMessage[]): void {
    const ids = calls.map(({ messageId }) => messageId);
    for (let at = 0; at <= ids.length; at += MAX_PENDING_CALLS) {
      const messageIds = ids.slice(at, at + MAX_PENDING_CALLS);
      this.#requests.sendMainMessage({ kind: 'calls-pending', messageIds });
    }
    for (const message of messages) this.#requests.sendMainMessage(message);
    this.calls.adopt(calls);
  }

  /** Whether it was ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The lanes for streams in values. */
  get lanes(): DialedLanes {
    return this.#lanes;
  }

  /** The number of streams that are open, or that one side may still ask for. */
  get openStreams(): number {
    return this.underWay.count - this.calls.size;
  }

  /** The current state of the connection, with its streams and calls. */
  snapshot(): ConnectionSnapshot {
    return snapshotConnection({
      link: this.main.link,
      children: this.#connection.children,
      lanes: this.#lanes.all,
      runningCalls: this.calls.size,
      roundTripMs: this.#keepalive?.roundTripMs,
    });
  }

  /** Begins to read what the server sends. */
  start(owner: AttachmentOwner): void {
    this.#owner = owner;
    const { environment, link, agreed } = this.#connection;
    const { capabilities } = agreed;
    const keepalive = capabilities.mainMessages
      ? new Keepalive(environment, link, this.#peer)
      : undefined;
    this.#keepalive = keepalive;
    const reader = new ReplyReader(this.#connection, this.calls, keepalive, this);
    if (capabilities.liveness && keepalive !== undefined) {
      keepalive.start();
      this.#peer.fate.ask(keepalive);
    }
    link.adopt(new LinkUse('connection', 'client', agreed.connectionId));
    link.handOver(reader);
    const rest = this.main.takeRest();
    if (rest.length > 0) reader.onData(rest);
    if (link.phase === 'open') link.resume();
  }

  /** Opens the connection of a verb's stream. */
  dialChild(signals: readonly AbortSignal[]): Promise<ChildConnection> {
    return this.#childDialer.dialChild(signals);
  }

  /** As `dialChild`, for a stream that is resumable if it has terms. @throws UnsupportedError */
  dialStream(signals: readonly AbortSignal[], terms?: ResumableTerms): Promise<OpenedStream> {
    if (terms === undefined) return this.dialChild(signals);
    return this.#childDialer.dialStream(this.#verbStreams, terms.isOptional, signals);
  }

  /** Opens no more streams for verbs. If the server goes away, the error says that instead. */
  refuseStreams(makeError: () => Error): void {
    if (this.#departure === undefined) this.#childDialer.refuse(makeError);
  }

  /**
   * Settles when the peer's readers have taken the end of every stream that was sent to its end.
   */
  async whenConfirmed(): Promise<void> {
    const confirmations = this.#connection.children
      .all()
      .filter((child) => child.isUnconfirmed)
      .map((child) => child.whenConfirmed());
    const streams = [this.#lanes.whenSettled(), this.session.streams.verbStreams.whenConfirmed()];
    await Promise.allSettled([...confirmations, ...streams]);
  }

  onGoingAway(message: GoingAway): void {
    if (this.#departure !== undefined || this.#isOver) return;
    this.#childDialer.refuse(() => goingAwayRefusal('stream'));
    this.#departure = message;
    this.#owner?.onGoingAway(this, message);
    void this.#leaveWhenIdle();
  }

  onRefused(pending: PendingCall, text: string): boolean {
    const owner = this.#owner;
    if (this.#departure === undefined || text !== CLOSING_TEXT) return false;
    if (owner?.canRepeat !== true || pending.children !== undefined) return false;
    owner.repeat([pending]);
    return true;
  }

  onLost(pending: PendingCall): boolean {
    pending.mayHaveRun = true;
    const owner = this.#owner;
    if (!pending.isIdempotent || pending.children !== undefined) return false;
    if (owner?.canRepeat !== true) return false;
    owner.repeat([pending]);
    return true;
  }

  onReceived(): void {
    const position = this.#connection.frames.received.tell();
    this.#requests.sendMainMessage({ kind: 'received', position });
  }

  onConnectionEnd(cause: unknown): void {
    if (this.#isOver) return;
    const error = closedError(cause);
    const departure = this.#departure;
    this.#owner?.onOver(this, departure ? leftInTheMiddle(departure, error) : error, 'lost');
  }

  /**
   * Ends the connection, fails its calls and ends its streams. A source of a lost connection may
   * read on; a second call, when the client ends, ends the source too.
   */
  end(cause: Error, how: ParentEnd): void {
    const isFirst = !this.#isOver;
    if (isFirst) {
      this.#isOver = true;
      this.#childDialer.close(cause);
      if (how === 'closed' && this.#connection.frames.isKept) {
        this.#requests.sendMainMessage({ kind: 'session-end' });
      }
      this.#requests.close();
      this.calls.close(cause, this.#owner);
    }
    // A server that has announced its end closes when the rest of all streams is on its way.
    this.#peer.fate.end(cause, this.#departure !== undefined && this.main.link.isPeerEnded);
    this.#connection.children.loseParent(cause, how);
    this.#lanes.loseParent(cause, how);
    const { link } = this.main;
    if (how === 'aborted') link.abort(cause);
    else if (isFirst) link.close(cause, true);
  }

  /** Leaves at once if nothing is under way. */
  async #leaveWhenIdle(): Promise<void> {
    while (this.underWay.count > 0) await this.underWay.whenIdle();
    if (!this.#isOver) this.#owner?.onOver(this, leftInOrder(), 'closed');
  }
}
