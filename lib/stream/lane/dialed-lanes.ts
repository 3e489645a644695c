import type { UnderWay } from '../../base/under-way.ts';
import { CanceledError, ClosedError, RefusedError } from '../../errors/errors.ts';
import type { ParentEnd } from '../half/half-listener.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import type { Lane, LaneOwner } from './lane.ts';
import type { LanePool } from './lane-pool.ts';
import type { DialingLanes, OfferNumbers } from './lanes.ts';
import type { SinkSegment } from './sink-segment.ts';
import type { SourceSegment } from './source-segment.ts';

/** A lane that is offered along with a call, for a stream in the call's result. */
export interface OfferedLane {
  /** The id of the lane's connection. */
  readonly lane: bigint;
  /** The number that the stream must have. */
  readonly number: number;
  /** The call was answered: the lane is free if it does not carry the stream. */
  settle(): void;
  /** The fate of the call is unknown. */
  cancel(): void;
}

/** Dials the lanes of one main connection. */
export interface LaneDialer {
  /** Where lanes wait for their next stream. */
  readonly pool: LanePool;
  /** Opens a lane that belongs to `owner`, and adds it to the pool. */
  dialLane(owner: LaneOwner): Promise<Lane>;
}

/**
 * The lanes of a client. The client dials them, parks them and decides what each of them is for.
 */
export class DialedLanes implements DialingLanes, LaneOwner {
  readonly role = 'dialing';
  readonly #pool: LanePool;
  readonly #dialer: LaneDialer;
  readonly #numbers: OfferNumbers;
  readonly #underWay: UnderWay;
  readonly #busy = new Set<Lane>();
  /** Lanes that wait for the peer's reader, by the number of the stream that was sent. */
  readonly #sending = new Map<number, Lane>();
  /** Segments of lanes that were offered with calls that are not answered yet. */
  readonly #offered = new Map<number, SourceSegment>();
  /** Segments on which the stream of an answer has begun, and that nobody has opened yet. */
  readonly #begun = new Map<number, SourceSegment>();

  /** @param underWay - counts the lanes that carry a stream, or wait for the reader of one. */
  constructor(dialer: LaneDialer, numbers: OfferNumbers, underWay: UnderWay) {
    this.#pool = dialer.pool;
    this.#dialer = dialer;
    this.#numbers = numbers;
    this.#underWay = underWay;
  }

  /** All lanes that are not closed. */
  get all(): readonly Lane[] {
    return this.#pool.all;
  }

  claim(number: number): void {
    const segment = this.#offered.get(number);
    if (segment === undefined) return;
    this.#offered.delete(number);
    this.#begun.set(number, segment);
  }

  unclaim(number: number): SourceSegment | undefined {
    const segment = this.#begun.get(number);
    this.#begun.delete(number);
    return segment;
  }

  consume(number: number): SourceSegment | Promise<SourceSegment> {
    const begun = this.unclaim(number);
    if (begun !== undefined) return begun;
    const parked = this.#pool.take();
    if (parked !== undefined) return consumeOn(parked, number);
    return this.#dialer.dialLane(this).then((lane) => consumeOn(lane, number));
  }

  async resume(segment: SourceSegment, point: ResumePoint): Promise<SourceSegment> {
    const lane = this.#pool.take() ?? (await this.#dialer.dialLane(this));
    if (!segment.isParted) {
      this.#pool.park(lane);
      throw new CanceledError('stream', 'the reader has left');
    }
    lane.attach({ type: 'resume', ...point });
    return lane.adoptSource(segment);
  }

  async produce(number: number): Promise<SinkSegment> {
    const lane = this.#pool.take() ?? (await this.#dialer.dialLane(this));
    lane.attach({ type: 'produce', number });
    if (lane.link.phase !== 'closed') this.#sending.set(number, lane);
    return lane.openSink(number);
  }

  settle(number: number): void {
    const lane = this.#sending.get(number);
    this.#sending.delete(number);
    lane?.onTaken(number);
  }

  /**
   * Offers a parked lane for a stream that the peer may begin at once; undefined if none is parked.
   */
  offer(): OfferedLane | undefined {
    const lane = this.#pool.take();
    if (lane === undefined) return undefined;
    const number = this.#numbers.takeOfferNumber();
    const segment = lane.openSource(number);
    this.#offered.set(number, segment);
    return {
      lane: lane.id,
      number,
      settle: () => {
        if (this.#offered.delete(number)) lane.endSegment();
      },
      cancel: () => {
        if (!this.#offered.delete(number)) return;
        lane.abort(new ClosedError('the call that offered the stream was given up', 'local'));
      },
    };
  }

  /** Resolves when the peer's readers have taken the end of every stream that was sent. */
  async whenSettled(): Promise<void> {
    await Promise.all(this.#pool.all.map((lane) => lane.whenSettled()));
  }

  /** The main connection is gone. */
  loseParent(cause: unknown, how: ParentEnd): void {
    this.#pool.clear();
    for (const lane of this.#pool.all) lane.loseParent(cause, how);
  }

  onAttach(lane: Lane): void {
    lane.abort(new RefusedError('the server asked for a stream', { initiator: 'remote' }));
  }

  onBusy(lane: Lane): void {
    // A closed lane reports no more.
    if (lane.link.phase === 'closed') return;
    this.#busy.add(lane);
    this.#underWay.enter();
  }

  onIdle(lane: Lane): void {
    this.#pool.park(lane);
    this.#leave(lane);
  }

  onClosed(lane: Lane): void {
    this.#pool.remove(lane);
    for (const [number, sending] of this.#sending) {
      if (sending === lane) this.#sending.delete(number);
    }
    this.#leave(lane);
  }

  #leave(lane: Lane): void {
    if (this.#busy.delete(lane)) this.#underWay.leave();
  }
}

function consumeOn(lane: Lane, number: number): SourceSegment {
  lane.attach({ type: 'consume', number });
  return lane.openSource(number);
}
