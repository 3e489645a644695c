import type { TakeWhole } from '../../base/take-whole.ts';
import type { Link } from '../../connection/link/link.ts';
import { streamReceive } from '../../diagnostics/channels.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import { isLaneFrame, type LaneFrame } from '../../wire/lane-frame.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { HalfListener } from '../half/half-listener.ts';
import type { SourceCarrier } from '../half/half-carrier.ts';
import { blamedFor, HalfState } from '../half/half-state.ts';
import type { Parent } from '../half/parent.ts';
import { isEndOfCall, streamCancel } from './cancel-message.ts';
import { cutBy } from './cut-by.ts';
import { DroppedRest } from './dropped-rest.ts';
import type { LaneInput, Resumption, Segment, SegmentLane } from './segment.ts';
import { StreamContent } from './stream-content.ts';

/**
 * Whether the lane's bytes belong to the stream, and whether anybody wants them.
 *
 *     open --end of stream, or too early an end--> over
 *      | ^ \                                       ^
 *      | |  `--cancel--> draining --end of stream--'
 *      | `--another lane--.
 *      `--lane lost--> parted --cancel, given up--> over
 *
 * Only a stream that can be resumed parts from its lane.
 */
type SegmentPhase = 'open' | 'parted' | 'draining' | 'over';

/** The receiving side of a value stream on a lane. */
export class SourceSegment implements SourceCarrier, Segment {
  readonly number: number;
  readonly sourceState: HalfState = new HalfState();
  readonly content: StreamContent = new StreamContent();
  /** Set by the reader if the stream can be resumed. */
  resumption: Resumption | undefined;
  /** Called when the stream is lost with its producer, or was given up with its call. */
  onLost: ((cause: Error) => void) | undefined;
  #lane: SegmentLane;
  /** The half of the segment, once there is one. */
  listener: HalfListener | undefined;
  #receivedMessages = 0;
  #phase: SegmentPhase = 'open';
  #isWaiting = false;
  /** Set while the rest is dropped. */
  #rest: DroppedRest | undefined;

  constructor(lane: SegmentLane, number: number) {
    this.#lane = lane;
    this.number = number;
  }

  get id(): bigint {
    return this.#lane.id;
  }

  get link(): Link {
    return this.#lane.link;
  }

  /** Whether both ends can go on with the stream on another lane. */
  get canResume(): boolean {
    return this.#lane.canResume;
  }

  get parent(): Parent {
    return this.#lane.parent;
  }

  get input(): LaneInput {
    return this.#lane.input;
  }

  /** Whether it waits for another lane. */
  get isParted(): boolean {
    return this.#phase === 'parted';
  }

  /** Whether a reader waits for the next message. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  get receivedMessages(): number {
    return this.#receivedMessages;
  }

  openSource(listener: HalfListener): void {
    this.sourceState.open();
    this.listener = listener;
  }

  nextFrame(): Buffer | typeof EOS | undefined {
    let frame: Buffer | typeof EOS | undefined;
    try {
      frame = this.#take();
    } catch (error) {
      this.#break(error);
      throw this.sourceState.closedError();
    }
    if (frame === undefined) return this.#missing();
    if (frame === EOS) return this.#onEos();
    if (!this.content.isPastHeaders) this.content.passHeaders(undefined);
    if (streamReceive.hasSubscribers) this.content.metadata?.onMessage(frame.length);
    return frame;
  }

  takeWhole<M>(into: M[], take: TakeWhole<M>): void {
    if (streamReceive.hasSubscribers) return; // They get messages one by one.
    const { resumption } = this;
    // A message that comes again, or is too much, is found by a look at each.
    if (resumption !== undefined && !(this.content.isOpen && resumption.isWithinWindow)) return;
    const taken = this.input.takeWhole(into, take);
    this.#receivedMessages += taken;
    if (resumption === undefined) return;
    const views = into as unknown[] as Buffer[];
    for (let at = views.length - taken; at < views.length; at++) resumption.onMessage(views[at]!);
  }

  setSourceWaiting(isWaiting: boolean): void {
    this.#isWaiting = isWaiting;
    // Dropped bytes must come although nobody waits. Later the input belongs to another segment.
    if (this.#phase !== 'open') return;
    this.input.setWaiting(isWaiting);
    this.#lane.onWaiting();
  }

  abortSource(error: unknown): void {
    if (this.#abort(error, 'remote')) this.#refuseRest(error);
  }

  cancelSource(cause: unknown): void {
    if (this.#abort(cause, 'local')) this.#refuseRest(cause);
  }

  onInput(chunkBytes: number): void {
    if (this.#phase === 'draining') this.#drain(chunkBytes);
    else if (this.input.isWaiting) this.listener?.onChange();
    else if (this.content.metadata !== undefined && !this.content.isPastHeaders) this.#peek();
  }

  lose(cause: unknown): void {
    if (this.#phase === 'over' || this.#phase === 'parted') return;
    if (this.#phase === 'draining') {
      this.#phase = 'over';
      this.#lane.abort(cause);
    } else if (this.#phase === 'open' && this.resumption?.goesOn(cause)) this.#part(cause);
    else if (this.input.close(cause)) this.listener?.onChange();
  }

  /**
   * Goes on on this lane, on which the producer sends from a message on that is not behind the next
   * one.
   */
  goOn(lane: SegmentLane): void {
    this.#lane = lane;
    this.#phase = 'open';
    this.content.restart();
    this.listener?.onMoved?.();
  }

  /** No lane will come any more. */
  abortParted(cause: unknown): void {
    if (this.#phase !== 'parted') return;
    this.#phase = 'over';
    this.#abort(cause, blamedFor(cause));
    this.listener?.onChange();
  }

  /** Unread bytes are dropped: they come again. */
  #part(cause: unknown): void {
    this.#phase = 'parted';
    this.input.release();
    this.input.close(cause);
    this.#lane.abort(cause);
    this.resumption?.onParted(cause);
  }

  /** Tells the producer to stop, and drops the rest of the stream, to keep the lane usable. */
  #refuseRest(cause: unknown): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'parted') {
      this.#phase = 'over';
      this.resumption?.tellCancel(cause);
      return;
    }
    this.#tellPeer(cause);
    this.resumption?.end();
    if (this.input.isEnded) {
      this.#lane.abort(cause);
      return;
    }
    this.#phase = 'draining';
    this.#rest = new DroppedRest(this.input);
    this.input.setWaiting(true);
    this.#drain(0);
  }

  #tellPeer(cause: unknown): void {
    const { environment } = this.parent;
    this.#lane.tellPeer(streamCancel(this.number, cause, environment, this.#receivedMessages));
  }

  /** The received bytes are not a valid stream. */
  #break(error: unknown): void {
    if (!this.#abort(error, 'remote')) return;
    if (this.resumption !== undefined) this.#phase = 'over';
    this.#endResumption(error);
    this.#lane.abort(error);
  }

  /** It would come in the same way on another lane: the producer need not keep it. */
  #endResumption(error: unknown): void {
    if (this.resumption === undefined) return;
    this.#tellPeer(error);
    this.resumption.end();
  }

  /** The next message or end of stream. Handles the lane frames before it. */
  #take(): Buffer | typeof EOS | undefined {
    this.resumption?.judge();
    for (;;) {
      const frame = this.input.next();
      if (this.#isTakenCareOf(frame)) continue;
      if (frame !== undefined && frame !== EOS) {
        this.#receivedMessages++;
        this.resumption?.onMessage(frame);
      }
      return frame;
    }
  }

  /** Handles a lane frame and returns true. Other frames are for the reader. */
  #isTakenCareOf(frame: Buffer | typeof EOS | LaneFrame | undefined): frame is LaneFrame | Buffer {
    if (frame === undefined || frame === EOS) return false;
    if (isLaneFrame(frame)) {
      this.content.take(frame, this.#lane.link.peer);
      return true;
    }
    return !this.content.takeMessage();
  }

  #onEos(): typeof EOS {
    const error = this.content.failureAfter(this.#receivedMessages);
    if (error === undefined) this.sourceState.finish();
    else this.#abort(error, 'remote');
    this.#end();
    if (error === undefined || error === this.content.failure) this.resumption?.onEnd();
    else this.#endResumption(error);
    if (error === undefined) return EOS;
    if (isEndOfCall(error)) this.onLost?.(error);
    throw error;
  }

  /** Called when bytes are missing. @throws StreamClosedError when no more bytes will come. */
  #missing(): undefined {
    if (!this.input.isEnded || this.#phase === 'parted') return undefined;
    const cut = cutBy(this.input, this.#lane.link);
    this.#abort(cut, blamedFor(cut));
    this.#phase = 'over';
    // The producer may not know that it was to begin.
    this.#tellPeer(cut);
    this.resumption?.end();
    this.#lane.abort(cut);
    const error = this.sourceState.closedError();
    this.onLost?.(error);
    throw error;
  }

  /** The headers may be asked for before the first read. */
  #peek(): void {
    try {
      while (this.#isTakenCareOf(this.input.peek())) this.input.next();
      if (this.input.peek() !== undefined) this.content.endHeaders();
    } catch (error) {
      this.#break(error);
      this.listener?.onChange();
    }
  }

  #drain(chunkBytes: number): void {
    try {
      if (this.#rest?.take(chunkBytes) === true) this.#end();
    } catch (error) {
      this.#lane.abort(error);
    }
  }

  #end(): void {
    this.#phase = 'over';
    this.input.setWaiting(false);
    this.#lane.endSegment();
  }

  #abort(cause: unknown, initiator: Initiator): boolean {
    if (!this.sourceState.abort(cause, initiator)) return false;
    if (initiator === 'local') this.listener?.onChange();
    return true;
  }
}
