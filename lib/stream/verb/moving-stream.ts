import type { Clock } from '../../base/clock.ts';
import { ProtocolError, StreamClosedError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import type { LaneInput } from '../lane/segment.ts';
import { SinkSegment } from '../lane/sink-segment.ts';
import { ResumeAttempts } from '../resume/resume-attempts.ts';
import type { ReadingTeller } from '../value/reading.ts';
import type { RetainedSink } from '../value/retained-sink.ts';
import type { LaneStream, StreamLane } from './stream-lane.ts';
import { VerbReading } from './verb-reading.ts';
import { VerbSegment } from './verb-segment.ts';

/** Makes a lane of a negotiated connection. */
export type MakeLane = (stream: LaneStream) => StreamLane;

/** How far the peer has come when it goes on with a stream. */
export interface PeerPoint {
  /** The messages that it has taken. */
  readonly taken: number;
  /** The client's attempt that has led to the connection. */
  readonly attempt: number;
}

/**
 * The two directions of a stream and the connection that carries both. When it is lost, both go on at
 * the exact message on another one.
 *
 *     carried --connection lost--> parted --goOn--> carried
 */
export abstract class MovingStream implements LaneStream, ReadingTeller {
  readonly id: bigint;
  readonly isAccepted: boolean;
  readonly segment: VerbSegment;
  readonly reading: VerbReading;
  /** The client's attempts to go on with it. */
  readonly attempts: ResumeAttempts;
  #lane: StreamLane | undefined;
  /** The sending direction on its connection. */
  #out: SinkSegment | undefined;
  #attempt = 0;
  #isPaused = false;

  /** @param makeLane - makes its first connection. Start that afterwards. */
  constructor(id: bigint, makeLane: MakeLane, clock: Clock) {
    this.id = id;
    const lane = makeLane(this);
    this.#lane = lane;
    this.isAccepted = lane.isAccepted;
    this.segment = new VerbSegment(lane, 0);
    this.reading = new VerbReading(id, this.segment, this, clock);
    this.attempts = new ResumeAttempts(clock);
  }

  /** The sending direction; undefined while there is none, and when its end was taken. */
  abstract get unfinishedSink(): RetainedSink | undefined;
  abstract acknowledge(): void;
  abstract tellDone(): void;
  abstract tellCanceled(): void;
  abstract leave(): void;
  abstract onOpened(lane: StreamLane): void;
  abstract onClosed(lane: StreamLane): void;
  /** Bytes came for a direction that nobody may open any more. */
  protected abstract refuseUnwanted(): void;
  /** The connection is lost. */
  protected abstract onParted(): void;
  /** The peer breaks the rules: the stream is to fail in both directions. */
  protected abstract break(error: ProtocolError): void;

  /** Its connection; undefined while it has none. */
  get lane(): StreamLane | undefined {
    return this.#lane;
  }

  /** That of the last connection: how often the client had tried before; 0 for the first one. */
  get attempt(): number {
    return this.#attempt;
  }

  /** The bytes of the connection that it has, or had last. */
  get input(): LaneInput {
    return this.segment.input;
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!this.segment.isParted) this.segment.input.setPaused(isPaused);
  }

  /** Leaves its connection, and reads nothing more of it. */
  part(cause: unknown): void {
    this.#lane?.leave(cause);
    this.#part(cause);
  }

  /** Leaves its connection, if it has one, and is to go on on another one. */
  moveOn(cause: unknown): void {
    if (this.#lane === undefined) return;
    this.part(cause);
    this.onParted();
  }

  /** The server has lost the connection of that attempt. It may still look alive from here. */
  onPeerParted(attempt: number): void {
    if (attempt === this.#attempt) this.moveOn(leftByPeer());
  }

  /** Sends on the connection that it has, if there is one. */
  protected begin(sink: RetainedSink): void {
    if (this.#lane === undefined) return;
    this.#out = new SinkSegment(this.#lane, 0);
    sink.start(this.#out);
  }

  /** How a connection to go on with it is to be answered: not at all, as a stream that is lost, or as this one. */
  judge({ taken, attempt }: PeerPoint): 'stale' | 'lost' | 'fits' {
    if (attempt <= this.#attempt) return 'stale';
    const sink = this.unfinishedSink;
    if (sink === undefined) return 'fits';
    if (taken < sink.positions.taken) return 'stale';
    return taken <= sink.sentItems ? 'fits' : 'lost';
  }

  /** Goes on on another connection, at the place that the peer has told. */
  goOn(makeLane: MakeLane, rest: Buffer, point: PeerPoint): void {
    this.#attempt = point.attempt;
    const lane = makeLane(this);
    this.#lane = lane;
    if (this.segment.isParted) {
      this.segment.goOn(lane);
      lane.input.setWaiting(this.segment.isWaiting);
      lane.input.setPaused(this.#isPaused);
    } else lane.input.release();
    const sink = this.unfinishedSink;
    if (sink !== undefined) this.#sendOn(sink, lane, point);
    lane.start(rest);
    if (!this.reading.isOver) this.acknowledge();
  }

  onInput(chunkBytes: number): void {
    this.refuseUnwanted();
    this.segment.onInput(chunkBytes);
    this.segment.takeEmptyStream();
  }

  onLost(lane: StreamLane, cause: unknown): void {
    if (this.#lane !== lane) return;
    this.#part(cause);
    if (isInstance(cause, ProtocolError)) this.break(cause);
    this.onParted();
  }

  tellCancel(): void {
    this.tellCanceled();
  }

  #sendOn(sink: RetainedSink, lane: StreamLane, { taken, attempt }: PeerPoint): void {
    this.#out = new SinkSegment(lane, 0);
    const { acknowledged } = sink.positions;
    sink.resume(this.#out, { number: 0, taken, acknowledged, attempt });
  }

  #part(cause: unknown): void {
    this.#lane = undefined;
    this.#out?.lose(cause);
    this.#out = undefined;
    this.segment.lose(cause);
  }
}

function leftByPeer(): StreamClosedError {
  return new StreamClosedError('the server has lost the connection of the stream', 'remote');
}
