import type { UnderWay } from '../../base/under-way.ts';
import type { WaitSubject } from '../../base/waiting.ts';
import type { Dialed, Dialer } from '../../connection/handshake/dialer.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import { ClosedError, MisuseError, ProtocolError, RefusedError } from '../../errors/errors.ts';
import { ChildConnection } from '../../stream/child/child-connection.ts';
import type { Parent } from '../../stream/half/parent.ts';
import type { Children } from '../../stream/handles/children.ts';
import type { LaneDialer } from '../../stream/lane/dialed-lanes.ts';
import { Lane, type LaneOwner } from '../../stream/lane/lane.ts';
import type { LanePool } from '../../stream/lane/lane-pool.ts';
import type { ChildOffers } from './client-offer.ts';

const OPENING: WaitSubject = { what: 'opening the stream', scope: 'stream' };

/** The main connection that a child dialer opens children for. */
export interface ChildDialerOptions {
  /** Connects once more to the same server. */
  readonly dialer: Dialer;
  /** Makes the offers of children; undefined without streaming. */
  readonly offers: ChildOffers | undefined;
  readonly parent: Parent;
  readonly children: Children;
  readonly pool: LanePool;
  /** Counts the streams of verbs. */
  readonly underWay: UnderWay;
  readonly stats: StatValues;
  /** Fires when the main connection is over. */
  readonly giveUp: AbortSignal;
}

/** Opens the child connections of one main connection, up to `limits.maxChildren` at a time. */
export class ChildDialer implements LaneDialer {
  readonly #options: ChildDialerOptions;
  /** Child connections that are being opened. */
  #opening = 0;
  #refusal: (() => Error) | undefined;

  constructor(options: ChildDialerOptions) {
    this.#options = options;
  }

  /**
   * Opens no streams of verbs any more, also those that are being opened. Lanes are opened still: what
   * is under way may need them. A later reason replaces an earlier one.
   */
  refuse(makeError: () => Error): void {
    this.#refusal = makeError;
  }

  /** Opens the connection of a verb's stream, unless one of the signals fires. */
  dialChild(signals: readonly AbortSignal[]): Promise<ChildConnection> {
    const refusal = this.#refusal?.();
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#open(false, signals, (id, dialed) => {
      const late = this.#refusal?.();
      if (late !== undefined) {
        dialed.link.abort(late);
        throw late;
      }
      const { link, compressor, extension } = dialed;
      const { children, parent, underWay } = this.#options;
      const hasExtension = extension !== undefined;
      const isAccepted = false;
      const child = new ChildConnection({ id, link, compressor, hasExtension, isAccepted, parent });
      children.add(child);
      underWay.enter();
      child.start(dialed.takeRest());
      return child;
    });
  }

  dialLane(owner: LaneOwner): Promise<Lane> {
    return this.#open(true, [], (id, dialed) => {
      const { link, compressor } = dialed;
      const { parent, pool } = this.#options;
      const lane = new Lane({ id, link, compressor, isAccepted: false, parent, owner });
      pool.add(lane);
      lane.start(dialed.takeRest());
      return lane;
    });
  }

  /** @param adopt - makes the connection a child, in the same turn in which it stops to count as one that is being opened. */
  async #open<T>(
    isLane: boolean,
    signals: readonly AbortSignal[],
    adopt: (id: bigint, dialed: Dialed) => T,
  ): Promise<T> {
    const { dialer, parent, giveUp, stats } = this.#options;
    const offers = this.#assertPossible();
    this.#opening++;
    try {
      const dialed = await dialer.dial({
        makeOffer: () => offers.next(isLane),
        budgetBytes: parent.environment.limits.sinkBudgetBytes,
        about: OPENING,
        signals: [giveUp, ...signals],
      });
      stats.sentMessages++;
      const { link, features } = dialed;
      const cause = [giveUp, ...signals].find(({ aborted }) => aborted)?.reason as
        Error | undefined;
      if (cause !== undefined || features.connectionId === undefined) {
        const error = cause ?? new ProtocolError('the server gave the stream no connection id');
        link.abort(error);
        throw error;
      }
      return adopt(features.connectionId, dialed);
    } finally {
      this.#opening--;
    }
  }

  /** The offers of children. @throws if no child may be opened. */
  #assertPossible(): ChildOffers {
    const { children, giveUp, offers, parent, pool } = this.#options;
    if (giveUp.aborted) {
      throw giveUp.reason instanceof Error
        ? giveUp.reason
        : new ClosedError('the client is closed', 'local', giveUp.reason);
    }
    if (offers === undefined) {
      throw new MisuseError('Streaming is not supported by the server', 'stream');
    }
    const open = children.size + pool.openCount + this.#opening;
    if (open >= parent.environment.limits.maxChildren && !pool.closeOldest()) {
      throw new RefusedError(`${open} streams are open, as many as limits.maxChildren allows`, {
        scope: 'stream',
        initiator: 'local',
        retryable: true,
      });
    }
    return offers;
  }
}
