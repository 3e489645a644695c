import { sharedAbortController } from '../../base/shared-abort.ts';
import { UnderWay } from '../../base/under-way.ts';
import type { Dialed, Dialer } from '../../connection/handshake/dialer.ts';
import { ERRORS_VERSION, LIVENESS_VERSION } from '../../connection/handshake/extension.ts';
import { Keepalive } from '../../connection/link/keepalive.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import type { Environment } from '../../settings/environment.ts';
import type { ChildConnection } from '../../stream/child/child-connection.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import type { Leaks } from '../../stream/half/leaks.ts';
import { Children } from '../../stream/handles/children.ts';
import { DialedLanes } from '../../stream/lane/dialed-lanes.ts';
import { LanePool } from '../../stream/lane/lane-pool.ts';
import type { ValueStreams, ValueStreamsPort } from '../../stream/value/value-streams.ts';
import type { GoingAway } from '../../wire/main-message.ts';
import { closedError } from '../common/closed-error.ts';
import { goingAwayRefusal, leftInOrder, leftInTheMiddle } from '../common/going-away.ts';
import { ChildDialer } from './child-dialer.ts';
import { ChildOffers, type OfferOptions } from './client-offer.ts';
import { type ReplyListener, ReplyReader } from './reply-reader.ts';
import { RequestWriter } from './request-writer.ts';
import { SentCalls } from './sent-calls.ts';
import { ServerPeer } from './server-peer.ts';

/** The session that an attachment serves. It outlives the attachment. */
export interface AttachmentOwner {
  /** The server takes nothing new. What is under way goes on, and `onOver` follows. */
  onGoingAway(attachment: Attachment, message: GoingAway): void;
  /** The connection is lost, or its server goes away and nothing is under way any more. The owner ends it. */
  onOver(attachment: Attachment, cause: Error, how: ParentEnd): void;
}

/** The session that an attachment belongs to, and its main connection. */
export interface AttachmentOptions {
  readonly environment: Environment;
  /** The main connection, negotiated. */
  readonly main: Dialed;
  /** Opens the connections of streams. */
  readonly dialer: Dialer;
  readonly offer: OfferOptions;
  /** Owns the streams in values and their numbers. */
  readonly valueStreams: ValueStreams;
  readonly leaks: Leaks;
  readonly stats: StatValues;
  readonly streamStats: StatValues;
}

/**
 * One main connection of a client to a server, with all that ends with it: the calls that were sent on
 * it, its children, its lanes and its keepalive.
 *
 *     made --start--> open --going away--> leaving --nothing under way--> over
 *                       \
 *                        `--lost, or ended by the owner--> over
 */
export class Attachment implements ReplyListener {
  readonly calls: SentCalls;
  /** Counts calls, verbs' streams, lanes and streams in values. */
  readonly underWay: UnderWay = new UnderWay();
  readonly #options: AttachmentOptions;
  readonly #children: Children;
  readonly #requests: RequestWriter;
  readonly #peer: ServerPeer;
  readonly #lanes: DialedLanes;
  readonly #childDialer: ChildDialer;
  readonly #giveUp = sharedAbortController();
  /** There from the start on. */
  #owner: AttachmentOwner | undefined;
  /** The announcement of a server that goes away. */
  #departure: GoingAway | undefined;
  #isOver = false;

  constructor(options: AttachmentOptions) {
    const { environment, leaks, main, stats, valueStreams } = options;
    const { features, link } = main;
    const { underWay } = this;
    const { hasTimeout } = features;
    this.#options = options;
    const children = new Children(
      environment.serializer,
      hasSession(main) ? valueStreams : undefined,
    );
    const common = { environment, children };
    const requests = new RequestWriter({ ...common, writer: link.writer, hasTimeout });
    this.calls = new SentCalls({
      ...common,
      requests,
      stats,
      hasTimeout,
      hasExtension: versionOf(main) >= ERRORS_VERSION,
      underWay,
    });
    this.#children = children;
    this.#requests = requests;
    this.#peer = new ServerPeer({ ...common, leaks, requests, underWay });
    const pool = new LanePool(environment);
    this.#childDialer = new ChildDialer({
      dialer: options.dialer,
      offers: childOffers(options),
      parent: this.#peer,
      children,
      pool,
      underWay,
      stats: options.streamStats,
      giveUp: this.#giveUp.signal,
    });
    this.#lanes = new DialedLanes({
      pool,
      dialer: this.#childDialer,
      numbers: valueStreams,
      underWay,
    });
  }

  /** The negotiated connection. */
  get main(): Dialed {
    return this.#options.main;
  }

  /** How streams in values travel with it; undefined where values can't hold any. */
  get valueStreamsPort(): ValueStreamsPort | undefined {
    if (this.#children.valueStreams === undefined) return undefined;
    const { underWay } = this;
    return { peer: this.#peer, lanes: this.#lanes, produced: underWay, consumed: underWay };
  }

  /** The lanes for streams in values. */
  get lanes(): DialedLanes {
    return this.#lanes;
  }

  /** Streams that are open, or that one side may still ask for. */
  get openStreams(): number {
    return this.underWay.count - this.calls.size;
  }

  /** Begins to read what the server sends. */
  start(owner: AttachmentOwner): void {
    this.#owner = owner;
    const { environment, main, stats } = this.#options;
    const { extension, features, link } = main;
    const keepalive = extension && new Keepalive(environment, link, this.#peer);
    const reader = new ReplyReader({
      environment,
      link,
      compressor: main.compressor,
      hasDuration: features.hasHandlerDuration,
      keepalive,
      calls: this.calls,
      children: this.#children,
      stats,
      listener: this,
    });
    if (versionOf(main) >= LIVENESS_VERSION) keepalive?.start();
    link.handOver(reader);
    const rest = main.takeRest();
    if (rest.length > 0) reader.onData(rest);
    if (link.phase === 'open') link.resume();
  }

  /** Opens the connection of a verb's stream. */
  dialChild(signals: readonly AbortSignal[]): Promise<ChildConnection> {
    return this.#childDialer.dialChild(signals);
  }

  /** Opens no streams of verbs any more; a server that goes away is the better reason. */
  refuseStreams(makeError: () => Error): void {
    if (this.#departure === undefined) this.#childDialer.refuse(makeError);
  }

  /** Settles when the peer's readers have taken the end of all that was sent to its end. */
  async whenConfirmed(): Promise<void> {
    const confirmations = this.#children
      .all()
      .filter((child) => child.isUnconfirmed)
      .map((child) => child.whenConfirmed());
    await Promise.allSettled([...confirmations, this.#lanes.whenSettled()]);
  }

  onGoingAway(message: GoingAway): void {
    if (this.#departure !== undefined || this.#isOver) return;
    this.#childDialer.refuse(() => goingAwayRefusal('stream'));
    this.#departure = message;
    this.#owner?.onGoingAway(this, message);
    void this.#leaveWhenIdle();
  }

  onConnectionEnd(cause: unknown): void {
    if (this.#isOver) return;
    const error = closedError(cause);
    const departure = this.#departure;
    this.#owner?.onOver(this, departure ? leftInTheMiddle(departure, error) : error, 'lost');
  }

  /**
   * Fails its calls, and ends its streams and its connection. A source of a connection that was lost
   * may read on; it ends with a second call, when the client does.
   */
  end(cause: Error, how: ParentEnd): void {
    const isFirst = !this.#isOver;
    if (isFirst) {
      this.#isOver = true;
      this.#giveUp.abort(cause);
      this.#requests.close();
      this.calls.close(cause);
    }
    this.#children.loseParent(cause, how);
    this.#lanes.loseParent(cause, how);
    const { link } = this.#options.main;
    if (how === 'aborted') link.abort(cause);
    else if (isFirst) link.close(cause, true);
  }

  /** At once, where nothing is under way. */
  async #leaveWhenIdle(): Promise<void> {
    while (this.underWay.count > 0) await this.underWay.whenIdle();
    if (!this.#isOver) this.#owner?.onOver(this, leftInOrder(), 'closed');
  }
}

function hasSession({ extension, features }: Dialed): boolean {
  return features.connectionId !== undefined && extension?.session !== undefined;
}

/** The version of our extension that was agreed; 0 for none. */
function versionOf({ extension }: Dialed): number {
  return extension?.version ?? 0;
}

function childOffers(options: AttachmentOptions): ChildOffers | undefined {
  const { environment, main, offer } = options;
  const { connectionId } = main.features;
  if (connectionId === undefined) return undefined;
  return new ChildOffers(offer, connectionId, main.extension, environment.random);
}
