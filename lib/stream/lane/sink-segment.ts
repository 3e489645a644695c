import { Deferred } from '../../base/deferred.ts';
import { encodeStreamError } from '../../document/error-document.ts';
import type { Link } from '../../connection/link/link.ts';
import { type CanceledError, ProtocolError } from '../../errors/errors.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import { encodeLaneFrame, type LaneFrame } from '../../wire/lane-frame.ts';
import { encodeEos } from '../../wire/stream-frame.ts';
import type { HalfListener } from '../half/half-listener.ts';
import type { SinkCarrier } from '../half/half-carrier.ts';
import { HalfState } from '../half/half-state.ts';
import type { Parent } from '../half/parent.ts';
import type { Segment, SegmentLane } from './segment.ts';

/**
 * Whether the lane still belongs to the segment.
 *
 *     sending --end of stream--> sent --taken by the reader--> taken
 *       \                          \
 *        `--------------------------`--lose--> lost
 */
type SegmentPhase = 'sending' | 'sent' | 'taken' | 'lost';

/**
 * The sending side of a value stream on a lane. End of stream is written after any kind of end, so
 * that the lane can be used again: it comes after a count of the messages, or after an error.
 */
export class SinkSegment implements SinkCarrier, Segment {
  readonly number: number;
  readonly sinkState: HalfState = new HalfState();
  readonly #lane: SegmentLane;
  /** The half of the segment, once there is one. */
  listener: HalfListener | undefined;
  /**
   * Set for a stream that goes on on another lane when this one is lost: how often its reader had asked
   * for that when it asked for this lane.
   */
  attempt: number | undefined;
  /** The number of messages of the stream that are not on this lane, but before it. */
  firstIndex = 0;
  #taken: Deferred | undefined;
  #phase: SegmentPhase = 'sending';

  constructor(lane: SegmentLane, number: number) {
    this.#lane = lane;
    this.number = number;
  }

  get id(): bigint {
    return this.#lane.id;
  }

  /** Whether both ends can go on with the stream on another lane. */
  get canResume(): boolean {
    return this.#lane.canResume;
  }

  /** Names the stream in log lines. */
  get streamName(): string {
    return this.#lane.streamName ?? `stream ${this.number}`;
  }

  get parent(): Parent {
    return this.#lane.parent;
  }

  get link(): Link {
    return this.#lane.link;
  }

  openSink(listener: HalfListener): void {
    this.sinkState.open();
    this.listener = listener;
  }

  /** Writes metadata before the first message, or after the last. */
  writeMetadata(type: 'headers' | 'trailers', document: Buffer): void {
    if (this.sinkState.phase === 'open') this.#write(encodeLaneFrame({ type, document }));
  }

  /** Writes a frame that stands before, or among the messages. */
  writeFrame(frame: LaneFrame): void {
    if (this.sinkState.phase === 'open') this.#write(encodeLaneFrame(frame));
  }

  /** The stream goes on elsewhere, or nobody wants it: the lane is given up. */
  fence(cause: unknown): void {
    this.#lane.abort(cause);
  }

  writeEos(sentMessages: number): void {
    const number = this.firstIndex + sentMessages;
    this.#write(encodeLaneFrame({ type: 'count', number }));
    this.#write(encodeEos());
  }

  onEosSent(): void {
    this.sinkState.finish();
    this.#end();
  }

  whenConfirmed(): Promise<void> {
    this.#taken ??= new Deferred();
    return this.#taken.promise;
  }

  /** The peer's reader has taken the end of stream. */
  confirm(): void {
    if (this.#phase !== 'sent') return;
    this.#phase = 'taken';
    this.#taken?.resolve();
  }

  abort(cause: unknown, initiator: Initiator): void {
    this.sinkState.abort(cause, initiator);
    if (this.parent.filterError === undefined) this.#endWith(cause);
    else this.parent.filterError(cause, (told, isFiltered) => this.#endWith(told, isFiltered));
  }

  /** The peer's reader wants no more. */
  cancel(cause: CanceledError): void {
    if (!this.sinkState.abort(cause, 'remote')) return;
    this.#write(encodeEos());
    this.#end();
    this.listener?.onChange();
  }

  onInput(): void {
    this.#lane.abort(
      new ProtocolError('the peer sent something on a stream that it reads', 'stream'),
    );
  }

  lose(cause: unknown): void {
    if (this.#phase === 'taken' || this.#phase === 'lost') return;
    this.#phase = 'lost';
    this.#taken?.reject(cause);
    // A server that has asked for the stream may not know that the stream is on this lane.
    if (!this.#lane.isAccepted) this.#tellLost(cause);
    if (this.sinkState.abort(cause, 'transport')) this.listener?.onChange();
  }

  #tellLost(cause: unknown): void {
    const { number, attempt } = this;
    this.#lane.tellPeer(
      attempt === undefined
        ? { kind: 'stream-refused', number, reason: encodeStreamError(cause) }
        : { kind: 'stream-parted', number, attempt },
    );
  }

  /** Tells the error behind the items that were sent. The lane may be gone by then. */
  #endWith(error: unknown, keepsPaths = false): void {
    if (this.#phase !== 'sending') return;
    this.#write(encodeLaneFrame({ type: 'error', document: encodeStreamError(error, keepsPaths) }));
    this.#write(encodeEos());
    this.#end();
  }

  /** Everything is written: the lane may settle. */
  #end(): void {
    if (this.#phase === 'sending') this.#phase = 'sent';
    this.#lane.endSegment();
  }

  #write(frame: Buffer): void {
    this.#lane.link.writer.writeFrame(frame);
  }
}
