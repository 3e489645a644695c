import { sharedAbortController } from '../../base/shared-abort.ts';
import type { WaitSubject } from '../../base/waiting.ts';
import { type AgreedWithId, hasId } from '../../connection/handshake/agreed.ts';
import type { ChildStream } from '../../connection/handshake/resume-record.ts';
import type { Dialed, Dialer } from '../../connection/handshake/dialer.ts';
import type { Link } from '../../connection/link/link.ts';
import { LinkUse } from '../../connection/link/link-use.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import {
  ClosedError,
  MisuseError,
  ProtocolError,
  RefusedError,
  UnsupportedError,
} from '../../errors/errors.ts';
import { isError } from '../../errors/foreign.ts';
import { ChildConnection } from '../../stream/child/child-connection.ts';
import type { LaneDialer } from '../../stream/lane/dialed-lanes.ts';
import { Lane, type LaneOwner } from '../../stream/lane/lane.ts';
import { LanePool } from '../../stream/lane/lane-pool.ts';
import { isCutOff } from '../../stream/resume/cut-off.ts';
import { openFirst } from '../../stream/resume/first-opening.ts';
import type { MakeLane } from '../../stream/verb/moving-stream.ts';
import type { RedialedStream, StreamDialer, StreamPoint } from '../../stream/verb/redial.ts';
import { StreamLane } from '../../stream/verb/stream-lane.ts';
import type { VerbStream } from '../../stream/verb/verb-stream.ts';
import type { VerbStreams } from '../../stream/verb/verb-streams.ts';
import type { Features } from '../../wire/feature.ts';
import type { ChildOffers } from './child-offers.ts';
import { HandshakeTurns } from './handshake-turns.ts';
import type { ServerPeer } from './server-peer.ts';

const OPENING: WaitSubject = { what: 'opening the stream', scope: 'stream' };

/** The stream of a verb that was opened: plain or resumable. */
export type OpenedStream = ChildConnection | VerbStream;

/** The use of a child, as its record says. */
interface ChildKind {
  readonly isLane: boolean;
  /** Makes the record of a resumable stream, for one offer. */
  readonly stream?: () => ChildStream;
  /** Whether the stream has a place among `limits.maxChildren` already. */
  readonly hasPlace?: boolean;
}

const PLAIN_CHILD: ChildKind = { isLane: false };
const LANE: ChildKind = { isLane: true };
const NEW_STREAM: ChildKind = { isLane: false, stream: () => ({}) };

/** Opens the child connections of one main connection, up to `limits.maxChildren` at a time. */
export class ChildDialer implements LaneDialer, StreamDialer {
  readonly pool: LanePool;
  readonly #dialer: Dialer;
  readonly #turns: HandshakeTurns;
  readonly #offers: ChildOffers | undefined;
  readonly #peer: ServerPeer;
  readonly #stats: StatValues;
  readonly #giveUp = sharedAbortController();
  /** Places among `limits.maxChildren` of connections that are being opened. */
  #opening = 0;
  #refusal: (() => Error) | undefined;

  /**
   * @param dialer - connects again to the same server.
   * @param offers - makes the offers of children; undefined without streaming.
   */
  constructor(
    dialer: Dialer,
    offers: ChildOffers | undefined,
    peer: ServerPeer,
    stats: StatValues,
  ) {
    this.pool = new LanePool(peer.environment);
    this.#turns = new HandshakeTurns(peer.environment.limits.maxHandshakes);
    this.#dialer = dialer;
    this.#offers = offers;
    this.#peer = peer;
    this.#stats = stats;
  }

  /**
   * The main connection is over: opens no more connections, and gives up those that are being
   * opened.
   */
  close(cause: unknown): void {
    this.#giveUp.abort(cause);
  }

  /**
   * Opens no more streams for verbs, and gives up those that are being opened. Lanes can still be
   * opened, because calls and streams under way may need them. A later reason replaces an earlier
   * one.
   */
  refuse(makeError: () => Error): void {
    this.#refusal = makeError;
  }

  /**
   * Opens the connection of a verb's stream, unless one of the signals fires. If it is cut off, it fails
   * when it is known whether the main connection is lost as well.
   */
  async dialChild(signals: readonly AbortSignal[]): Promise<ChildConnection> {
    const refusal = this.#refusal?.();
    if (refusal !== undefined) throw refusal;
    const adopt = (dialed: Dialed, agreed: AgreedWithId): ChildConnection =>
      this.#adoptChild(dialed, agreed);
    try {
      return await this.#open(PLAIN_CHILD, signals, adopt);
    } catch (error) {
      throw isCutOff(error) ? await this.#causeOf(error) : error;
    }
  }

  /**
   * Opens the first connection of a resumable stream, unless one of the signals fires. One that is cut off
   * is tried again.
   *
   * @param streams - of the session; undefined if it can have none.
   * @param isOptional - whether a plain stream will do.
   */
  dialStream(
    streams: VerbStreams | undefined,
    isOptional: boolean,
    signals: readonly AbortSignal[],
  ): Promise<OpenedStream> {
    if (streams === undefined) {
      if (isOptional) return this.dialChild(signals);
      return Promise.reject(this.#refusal?.() ?? unsupported());
    }
    const adopt = (dialed: Dialed, agreed: AgreedWithId): OpenedStream => {
      if (agreed.stream !== undefined) return this.#adoptStream(streams, dialed, agreed);
      if (isOptional) return this.#adoptChild(dialed, agreed);
      const error = unsupported();
      dialed.link.abort(error);
      throw error;
    };
    const { clock } = this.#peer.environment;
    return openFirst(() => this.#openFirst(signals, adopt), clock, [
      this.#giveUp.signal,
      ...signals,
    ]);
  }

  async #openFirst(
    signals: readonly AbortSignal[],
    adopt: (dialed: Dialed, agreed: AgreedWithId) => OpenedStream,
  ): Promise<OpenedStream> {
    const refusal = this.#refusal?.();
    if (refusal !== undefined) throw refusal;
    return this.#open(NEW_STREAM, signals, adopt);
  }

  dialAgain(makePoint: () => StreamPoint): Promise<RedialedStream> {
    return this.#open(
      { isLane: false, stream: makePoint, hasPlace: true },
      [],
      (dialed, agreed) => {
        dialed.link.adopt(this.#use('child', agreed));
        const { link } = dialed;
        const takeRest = (): Buffer => dialed.takeRest();
        const { taken } = agreed.stream ?? {};
        return { link, taken, takeRest, makeLane: this.#laneMaker(link, agreed) };
      },
    );
  }

  dialLane(owner: LaneOwner): Promise<Lane> {
    return this.#open(LANE, [], (dialed, agreed) => {
      dialed.link.adopt(this.#use('lane', agreed));
      const lane = new Lane(dialed.link, agreed, this.#peer, owner);
      this.pool.add(lane);
      lane.start(dialed.takeRest());
      return lane;
    });
  }

  #adoptChild(dialed: Dialed, agreed: AgreedWithId): ChildConnection {
    const { link } = dialed;
    this.#assertWanted(link);
    link.adopt(this.#use('child', agreed));
    const child = new ChildConnection(link, agreed, this.#peer);
    this.#peer.addChild(child);
    child.start(dialed.takeRest());
    return child;
  }

  #adoptStream(streams: VerbStreams, dialed: Dialed, agreed: AgreedWithId): VerbStream {
    const { link } = dialed;
    this.#assertWanted(link);
    link.adopt(this.#use('child', agreed));
    const stream = streams.add(agreed.connectionId, this.#laneMaker(link, agreed));
    stream.start(dialed.takeRest());
    return stream;
  }

  #laneMaker(link: Link, agreed: AgreedWithId): MakeLane {
    return (stream) => new StreamLane(link, agreed, this.#peer, stream);
  }

  /** The cause of the main connection's end; that of the child if the main connection lives on. */
  #causeOf(error: unknown): Promise<unknown> {
    return new Promise((resolve) => this.#peer.fate.judge((cause) => resolve(cause ?? error)));
  }

  /** The client may have been closed while a stream was being opened. */
  #assertWanted(link: Link): void {
    const late = this.#refusal?.();
    if (late === undefined) return;
    link.abort(late);
    throw late;
  }

  #use(kind: 'child' | 'lane', { connectionId }: AgreedWithId): LinkUse {
    return new LinkUse(kind, 'client', connectionId, this.#peer.connectionId);
  }

  /**
   * @param adopt - makes the connection a child. It runs in the same turn in which the connection
   *   stops to count as being opened.
   */
  async #open<T>(
    { isLane, stream, hasPlace = false }: ChildKind,
    signals: readonly AbortSignal[],
    adopt: (dialed: Dialed, agreed: AgreedWithId) => T,
  ): Promise<T> {
    const offers = this.#assertPossible();
    if (!hasPlace) this.#assertRoom();
    const makeOffer = (): Features => offers.next(isLane, stream?.());
    const { sinkBudgetBytes } = this.#peer.environment.limits;
    const all = [this.#giveUp.signal, ...signals];
    const places = hasPlace ? 0 : 1;
    this.#opening += places;
    try {
      const { reached } = this.#peer;
      const dialed = await this.#inTurn(all, () =>
        this.#dialer.dial(makeOffer, sinkBudgetBytes, OPENING, all, { reached }),
      );
      this.#stats.sentMessages++;
      const { agreed, link } = dialed;
      const cause = all.find(({ aborted }) => aborted)?.reason as Error | undefined;
      if (cause !== undefined || !hasId(agreed)) {
        const error = cause ?? new ProtocolError('the server gave the stream no connection id');
        link.abort(error);
        throw error;
      }
      return adopt(dialed, agreed);
    } finally {
      this.#opening -= places;
    }
  }

  async #inTurn(signals: readonly AbortSignal[], dial: () => Promise<Dialed>): Promise<Dialed> {
    const turn = this.#turns.enter(signals);
    if (turn !== undefined) await turn;
    try {
      return await dial();
    } finally {
      this.#turns.leave();
    }
  }

  /** Returns the offers of children. @throws if no child may be opened. */
  #assertPossible(): ChildOffers {
    const { aborted, reason } = this.#giveUp.signal;
    if (aborted) {
      throw isError(reason) ? reason : new ClosedError('the client is closed', 'local', reason);
    }
    if (this.#offers === undefined) {
      throw new MisuseError('Streaming is not supported by the server', 'stream');
    }
    return this.#offers;
  }

  /** @throws RefusedError if there is no place for one more. */
  #assertRoom(): void {
    const open = this.#peer.places + this.pool.openCount + this.#opening;
    if (open >= this.#peer.environment.limits.maxChildren && !this.pool.closeOldest()) {
      throw new RefusedError(`${open} streams are open, as many as limits.maxChildren allows`, {
        scope: 'stream',
        initiator: 'local',
        retryable: true,
      });
    }
  }
}

function unsupported(): Error {
  return new UnsupportedError('a resumable stream', 3);
}
