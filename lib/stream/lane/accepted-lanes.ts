import { Deferred } from '../../base/deferred.ts';
import type { UnderWay } from '../../base/under-way.ts';
import { CanceledError, ProtocolError, RefusedError } from '../../errors/errors.ts';
import type { ParentEnd } from '../half/half-listener.ts';
import type { Parent } from '../half/parent.ts';
import type { AttachFrame, Lane, LaneOwner } from './lane.ts';
import { type AcceptingLanes, type Startable, streamNotFound } from './lanes.ts';
import type { SourceSegment } from './source-segment.ts';

/** A client that leaves more questions than these without an answer is closed: it answers none. */
const MAX_RELEASED = 4_096;

/** The main connection that the lanes belong to. */
export interface LanesParent extends Pick<Parent, 'tellPeer'> {
  /** Closes the connection, because the client breaks the rules. */
  abort(cause: unknown): void;
}

/**
 * The lanes of one client, at its server. The server asks the client for lanes, and the client says
 * what a lane is for.
 */
export class AcceptedLanes implements AcceptingLanes, LaneOwner {
  readonly role = 'accepting';
  readonly #parent: LanesParent;
  readonly #takeOffered: (number: number) => Startable | undefined;
  readonly #underWay: UnderWay;
  readonly #byId = new Map<bigint, Lane>();
  /** Lanes that carry a stream now. */
  readonly #busy = new Set<Lane>();
  /** Readers that wait until the client opens a lane for the stream that it has offered. */
  readonly #awaited = new Map<number, Deferred<SourceSegment>>();
  /** Streams that the client was asked for, that it has not answered, and that nobody waits for. */
  readonly #releasedNumbers = new Set<number>();

  /**
   * @param takeOffered - returns the stream that the peer wants to read; undefined if we have not
   *   offered it.
   * @param underWay - counts the lanes that carry a stream.
   */
  constructor(
    parent: LanesParent,
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

  isAwaited(number: number): boolean {
    return this.#awaited.has(number) || this.#releasedNumbers.has(number);
  }

  refuse(number: number, error: Error): void {
    this.#releasedNumbers.delete(number);
    this.#awaited.get(number)?.reject(error);
    this.#awaited.delete(number);
  }

  release(number: number): void {
    const awaited = this.#awaited.get(number);
    if (awaited === undefined) return;
    this.#awaited.delete(number);
    awaited.reject(released());
    this.#releasedNumbers.add(number);
    if (this.#releasedNumbers.size <= MAX_RELEASED) return;
    const text = `the client has answered none of ${MAX_RELEASED} streams that it was asked for`;
    this.#parent.abort(new RefusedError(text, { scope: 'connection', initiator: 'remote' }));
  }

  /** The main connection is gone. */
  loseParent(cause: unknown, how: ParentEnd): void {
    for (const awaited of this.#awaited.values()) awaited.reject(cause);
    this.#awaited.clear();
    this.#releasedNumbers.clear();
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
    if (awaited !== undefined) {
      this.#awaited.delete(number);
      awaited.resolve(lane.openSource(number));
    } else if (this.#releasedNumbers.delete(number)) {
      lane.openSource(number).cancelSource(released());
    } else {
      lane.abort(new ProtocolError('the peer sent a stream that it was not asked for', 'stream'));
    }
  }
}

function released(): CanceledError {
  return new CanceledError('stream', 'nobody waits for the stream any more');
}
