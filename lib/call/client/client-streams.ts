import type { StatValues } from '../../diagnostics/stats.ts';
import { waitFor, type WaitSubject } from '../../base/waiting.ts';
import type { Dialed, Dialer } from '../../connection/handshake/dialer.ts';
import type { Extension } from '../../connection/handshake/extension.ts';
import type { Environment } from '../../settings/environment.ts';
import { ClosedError, MisuseError, ProtocolError, RefusedError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import { ChildConnection } from '../../stream/child/child-connection.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import { Children } from '../../stream/handles/children.ts';
import { DialedLanes } from '../../stream/lane/dialed-lanes.ts';
import { Lane } from '../../stream/lane/lane.ts';
import { LanePool } from '../../stream/lane/lane-pool.ts';
import type { Parent } from '../../stream/half/parent.ts';
import { ValueStreams } from '../../stream/value/value-streams.ts';
import { SinkHalf } from '../../stream/half/sink-half.ts';
import { StreamSink } from '../../stream/user/stream-sink.ts';
import type { Sink, WaitOptions } from '../../types/sink-source.ts';
import { ChildOffers, type OfferOptions } from './client-offer.ts';

const OPENING: WaitSubject = { what: 'opening the stream', scope: 'stream' };

/** What a client's streams need of its connection. */
export interface ClientStreamsOptions {
  readonly environment: Environment;
  /** Connects once more to the same server. */
  readonly dialer: Dialer;
  readonly offer: OfferOptions;
  readonly defaultSerializer: Serializer;
  readonly stats: StatValues;
  /** Fires when the client is over. */
  readonly giveUp: AbortSignal;
  /** Resolves when the client is connected. */
  whenReady(): Promise<void>;
  /** Why no stream may be opened just now; undefined if one may. */
  refusal(): Error | undefined;
  /** A stream has ended, or there is one less to wait for. */
  onChange(): void;
}

/** The streams of a client: child connections that verbs name, and lanes for those in values. */
export class ClientStreams {
  readonly children: Children;
  readonly lanes: DialedLanes;
  readonly #options: ClientStreamsOptions;
  readonly #parent: Parent;
  readonly #valueStreams: ValueStreams;
  /** What children offer; undefined before it is connected, or without streaming. */
  #offers: ChildOffers | undefined;
  /** Child connections that are being dialed. */
  #dialing = 0;

  constructor(parent: Parent, options: ClientStreamsOptions) {
    this.#options = options;
    this.#parent = parent;
    this.#valueStreams = new ValueStreams(parent);
    this.#valueStreams.whenIdle(() => options.onChange());
    this.children = new Children(options.defaultSerializer, this.#valueStreams);
    this.lanes = new DialedLanes({
      pool: new LanePool(options.environment),
      numbers: this.#valueStreams,
      dial: () => this.#dialLane(),
      onChange: () => options.onChange(),
    });
  }

  /** Streams that are open, or that one side may still ask for. */
  get open(): number {
    const { producedCount, consumedCount } = this.#valueStreams;
    const offered = producedCount + consumedCount;
    return this.children.size + this.lanes.busy + offered;
  }

  /** The client is connected, with this id. */
  connected(connectionId: bigint, extension: Extension | undefined): void {
    const { environment, offer } = this.#options;
    this.#offers = new ChildOffers(offer, connectionId, extension, environment.random);
    if (extension?.session === undefined) return;
    this.#valueStreams.attach({ peer: this.#parent, lanes: this.lanes });
  }

  /** Opens a stream: dials a child connection and returns its sink. */
  async makeSink<T extends unknown[]>(
    serializer: Serializer<T>,
    bounds: WaitOptions,
  ): Promise<Sink<T>> {
    const { clock } = this.#options.environment;
    if (bounds.signal === undefined && bounds.timeoutMs === undefined) {
      return new StreamSink<T>(new SinkHalf(await this.#dialChild(), serializer));
    }
    const giveUp = new AbortController();
    const child = this.#dialChild(giveUp.signal);
    try {
      return new StreamSink<T>(
        new SinkHalf(await waitFor(child, clock, bounds, OPENING), serializer),
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

  /** Settles when the peer's readers have taken the end of all that was sent to its end. */
  async whenConfirmed(): Promise<void> {
    const confirmations = this.children
      .all()
      .filter((child) => child.isUnconfirmed)
      .map((child) => child.whenConfirmed());
    await Promise.allSettled([...confirmations, this.lanes.whenSettled()]);
  }

  /** The main connection is gone. */
  orphanAll(cause: unknown, how: ParentEnd): void {
    this.children.orphanAll(cause, how);
    this.lanes.orphanAll(cause, how);
    this.#valueStreams.end(cause);
  }

  async #dialChild(...signals: readonly AbortSignal[]): Promise<ChildConnection> {
    await this.#options.whenReady();
    const refusal = this.#options.refusal();
    if (refusal !== undefined) throw refusal;
    return this.#dial(false, signals, (id, dialed) => {
      const late = this.#options.refusal();
      if (late !== undefined) {
        dialed.link.destroy(late);
        throw late;
      }
      const { link, compressor, extension } = dialed;
      const hasExtension = extension !== undefined;
      const parent = this.#parent;
      const isAccepted = false;
      const child = new ChildConnection({ id, link, compressor, hasExtension, isAccepted, parent });
      this.children.add(child);
      child.start(dialed.takeRest());
      return child;
    });
  }

  /** Also while the client is closing: what is under way may need it. */
  #dialLane(): Promise<Lane> {
    return this.#dial(true, [], (id, dialed) => {
      const { link, compressor } = dialed;
      const owner = this.lanes;
      const parent = this.#parent;
      const lane = new Lane({ id, link, compressor, isAccepted: false, parent, owner });
      this.lanes.add(lane);
      lane.start(dialed.takeRest());
      return lane;
    });
  }

  /** @param adopt - takes the connection over, at once: until then it counts as one that is being dialed. */
  async #dial<T>(
    isLane: boolean,
    signals: readonly AbortSignal[],
    adopt: (id: bigint, dialed: Dialed) => T,
  ): Promise<T> {
    const { environment, dialer, giveUp, stats } = this.#options;
    const offers = this.#assertOffers();
    const { sinkBudgetBytes } = environment.limits;
    this.#dialing++;
    try {
      const dialed = await dialer.dial({
        makeOffer: () => offers.next(isLane),
        budgetBytes: sinkBudgetBytes,
        about: OPENING,
        signals: [giveUp, ...signals],
      });
      stats.sentMessages++;
      const { link, features } = dialed;
      const cause = [giveUp, ...signals].find(({ aborted }) => aborted)?.reason as
        Error | undefined;
      if (cause !== undefined || features.connectionId === undefined) {
        const error = cause ?? new ProtocolError('the server gave the stream no connection id');
        link.destroy(error);
        throw error;
      }
      return adopt(features.connectionId, dialed);
    } finally {
      this.#dialing--;
    }
  }

  /** What children are to offer. @throws if none may be opened. */
  #assertOffers(): ChildOffers {
    const { giveUp, environment } = this.#options;
    if (giveUp.aborted) {
      throw giveUp.reason instanceof Error
        ? giveUp.reason
        : new ClosedError('the client is closed', 'local', giveUp.reason);
    }
    if (this.#offers === undefined) {
      throw new MisuseError('Streaming is not supported by the server', 'stream');
    }
    const open = this.children.size + this.lanes.size + this.#dialing;
    if (open >= environment.limits.maxChildren && !this.lanes.makeRoom()) {
      throw new RefusedError(`${open} streams are open, as many as limits.maxChildren allows`, {
        scope: 'stream',
        initiator: 'local',
        retryable: true,
      });
    }
    return this.#offers;
  }
}
