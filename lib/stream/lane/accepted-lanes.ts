import { Deferred } from '../../base/deferred.ts';
import type { UnderWay } from '../../base/under-way.ts';
import { ProtocolError } from '../../errors/errors.ts';
import type { ParentEnd } from '../half/half-listener.ts';
import type { Parent } from '../half/parent.ts';
import type { AttachFrame, Lane, LaneOwner } from './lane.ts';
import { type AcceptingLanes, type Startable, streamNotFound } from './lanes.ts';
import type { SourceSegment } from './source-segment.ts';

/**
 * The lanes of one client, at its server. The server asks the client for lanes, and the client says
 * what a lane is for.
 */
export class AcceptedLanes implements AcceptingLanes, LaneOwner {
  readonly role = 'accepting';
  readonly #parent: Pick<Parent, 'tellPeer'>;
  readonly #takeOffered: (number: number) => Startable | undefined;
  readonly #underWay: UnderWay;
  readonly #byId = new Map<bigint, Lane>();
  /** Lanes that carry a stream now. */
  readonly #busy = new Set<Lane>();
  /** Readers that wait until the client opens a lane for the stream that it has offered. */
  readonly #awaited = new Map<number, Deferred<SourceSegment>>();

  /**
   * @param takeOffered - returns the stream that the peer wants to read; undefined if we have not
   *   offered it.
   * @param underWay - counts the lanes that carry a stream.
   */
  constructor(
    parent: Pick<Parent, 'tellPeer'>,
    takeOffered: (number: number) => Startable | undefined,
    underWay: UnderWay,
  ) {
    this.#parent = parent;
    this.#takeOffered = takeOffered;
    this.#underWay = underWay;
  }

  /** Lanes that are open. */
  get size(): number {
    return this.#byId.size;
  }

  /** All lanes that are not closed. */
  get all(): readonly Lane[] {
    return [...this.#byId.values()];
  }

  /** A lane was accepted. */
  add(lane: Lane): void {
    this.#byId.set(lane.id, lane);
  }

  offered(id: bigint): Lane | undefined {
    const lane = this.#byId.get(id);
    return lane?.isIdle === true ? lane : undefined;
  }

  consume(number: number): Promise<SourceSegment> {
    const awaited = new Deferred<SourceSegment>();
    this.#awaited.set(number, awaited);
    this.#parent.tellPeer({ kind: 'stream-open', number });
    return awaited.promise;
  }

  refuse(number: number, error: Error): void {
    this.#awaited.get(number)?.reject(error);
    this.#awaited.delete(number);
  }

  /** The main connection is gone. */
  loseParent(cause: unknown, how: ParentEnd): void {
    for (const awaited of this.#awaited.values()) awaited.reject(cause);
    this.#awaited.clear();
    for (const lane of this.#byId.values()) lane.loseParent(cause, how);
  }

  onAttach(lane: Lane, { type, number }: AttachFrame): void {
    if (type === 'consume') this.#send(lane, number);
    else this.#receive(lane, number);
  }

  onBusy(lane: Lane): void {
    if (this.#byId.get(lane.id) !== lane) return;
    this.#busy.add(lane);
    this.#underWay.enter();
  }

  onIdle(lane: Lane): void {
    if (this.#busy.delete(lane)) this.#underWay.leave();
  }

  onClosed(lane: Lane): void {
    this.#byId.delete(lane.id);
    this.onIdle(lane);
  }

  #send(lane: Lane, number: number): void {
    const produced = this.#takeOffered(number);
    const segment = lane.openSink(number);
    if (produced !== undefined) produced.start(segment);
    else segment.abort(streamNotFound(number), 'local');
  }

  #receive(lane: Lane, number: number): void {
    const awaited = this.#awaited.get(number);
    if (awaited === undefined) {
      lane.abort(new ProtocolError('the peer sent a stream that it was not asked for', 'stream'));
      return;
    }
    this.#awaited.delete(number);
    awaited.resolve(lane.openSource(number));
  }
}
