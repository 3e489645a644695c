import { Deferred } from '../../base/deferred.ts';
import type { UnderWay } from '../../base/under-way.ts';
import type { FrameWriter } from '../../connection/link/frame-writer.ts';
import { CanceledError, ClosedError, ProtocolError, RefusedError } from '../../errors/errors.ts';
import type { ParentEnd } from '../half/half-listener.ts';
import type { Parent } from '../half/parent.ts';
import type { AttachFrame } from './attach-frame.ts';
import type { Lane, LaneOwner } from './lane.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import { type AcceptingLanes, type OfferedStreams, streamNotFound } from './lanes.ts';
import type { SourceSegment } from './source-segment.ts';

/** The main connection that the lanes belong to. */
export interface LanesParent extends Pick<Parent, 'environment' | 'tellPeer'> {
  /** Closes the connection, because the client breaks the rules. */
  abort(cause: unknown): void;
}

/** A reader that waits until the client opens a lane for its stream. */
interface Awaited {
  readonly opened: Deferred<SourceSegment>;
  /** The part of the stream that was read before; undefined for a stream that begins. */
  readonly segment?: SourceSegment;
  /** How often the reader has asked for another lane. */
  readonly attempt: number;
}

/**
 * The lanes of one client, at its server. The server asks the client for lanes, and the client says
 * what a lane is for.
 */
export class AcceptedLanes implements AcceptingLanes, LaneOwner {
  readonly role = 'accepting';
  readonly #parent: LanesParent;
  readonly #offered: OfferedStreams;
  readonly #underWay: UnderWay;
  readonly #byId = new Map<bigint, Lane>();
  /** Lanes that carry a stream now. */
  readonly #busy = new Set<Lane>();
  /** Readers that wait until the client opens a lane for the stream that it has offered. */
  readonly #awaited = new Map<number, Awaited>();
  /** Streams that the client was asked for, that it has not answered, and that nobody waits for. */
  readonly #releasedNumbers = new Set<number>();
  /** A client that leaves more questions than these without an answer is closed: it answers none. */
  readonly #maxReleased: number;

  /**
   * @param offered - the streams that the peer may read.
   * @param underWay - counts streams until the kernel has their last byte.
   */
  constructor(parent: LanesParent, offered: OfferedStreams, underWay: UnderWay) {
    this.#parent = parent;
    this.#offered = offered;
    this.#underWay = underWay;
    // All streams that the client may promise can be left at once, and some answers can still come
    // on lanes while it promises others.
    const { maxChildren, maxPromised } = parent.environment.limits;
    this.#maxReleased = maxPromised + maxChildren;
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
    const opened = new Deferred<SourceSegment>();
    this.#awaited.set(number, { opened, attempt: 0 });
    this.#parent.tellPeer({ kind: 'stream-open', number });
    return opened.promise;
  }

  resume(segment: SourceSegment, point: ResumePoint): Promise<SourceSegment> {
    const opened = new Deferred<SourceSegment>();
    this.#awaited.set(point.number, { opened, segment, attempt: point.attempt });
    this.#parent.tellPeer({ kind: 'stream-resume', ...point });
    return opened.promise;
  }

  isAwaited(number: number): boolean {
    return this.#awaited.has(number) || this.#releasedNumbers.has(number);
  }

  refuse(number: number, error: Error): void {
    this.#releasedNumbers.delete(number);
    this.#awaited.get(number)?.opened.reject(error);
    this.#awaited.delete(number);
  }

  part(number: number, attempt: number): void {
    if (this.#awaited.get(number)?.attempt !== attempt) return;
    this.refuse(number, new ClosedError('the client has lost the lane of the stream', 'transport'));
  }

  release(number: number): void {
    const awaited = this.#awaited.get(number);
    if (awaited === undefined) return;
    this.#awaited.delete(number);
    awaited.opened.reject(released());
    this.#releasedNumbers.add(number);
    if (this.#releasedNumbers.size <= this.#maxReleased) return;
    const text = `the client has answered none of ${this.#maxReleased} streams that it was asked for`;
    this.#parent.abort(new RefusedError(text, { scope: 'connection', initiator: 'remote' }));
  }

  /** The main connection is gone. */
  loseParent(cause: unknown, how: ParentEnd): void {
    for (const { opened } of this.#awaited.values()) opened.reject(cause);
    this.#awaited.clear();
    this.#releasedNumbers.clear();
    for (const lane of this.#byId.values()) lane.loseParent(cause, how);
  }

  onAttach(lane: Lane, frame: AttachFrame): void {
    if (frame.type === 'consume') this.#send(lane, frame.number);
    else if (frame.type === 'resume') this.#goOn(lane, frame);
    else this.#receive(lane, frame.number);
  }

  onBusy(lane: Lane): void {
    if (this.#byId.get(lane.id) !== lane) return;
    this.#busy.add(lane);
    this.#underWay.enter();
  }

  /** A stream is under way until the kernel has its last byte: its reader may be slow. */
  onIdle(lane: Lane): void {
    if (!this.#busy.delete(lane)) return;
    const { writer } = lane.link;
    if (writer.bufferedBytes === 0) this.#underWay.leave();
    else void this.#leaveWhenSent(writer);
  }

  onClosed(lane: Lane): void {
    this.#byId.delete(lane.id);
    this.onIdle(lane);
  }

  async #leaveWhenSent(writer: FrameWriter): Promise<void> {
    // A lane that is lost sends no more.
    await writer.drained().catch(() => {});
    this.#underWay.leave();
  }

  #send(lane: Lane, number: number): void {
    const produced = this.#offered.take(number);
    const segment = lane.openSink(number);
    if (produced !== undefined) produced.start(segment);
    else segment.abort(streamNotFound(number), 'local');
  }

  #goOn(lane: Lane, point: ResumePoint): void {
    const produced = this.#offered.find(point.number);
    const segment = lane.openSink(point.number);
    if (produced !== undefined) produced.resume(segment, point);
    else segment.abort(streamNotFound(point.number), 'local');
  }

  #receive(lane: Lane, number: number): void {
    const awaited = this.#awaited.get(number);
    if (awaited !== undefined) {
      this.#awaited.delete(number);
      const { opened, segment } = awaited;
      opened.resolve(segment === undefined ? lane.openSource(number) : lane.adoptSource(segment));
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
