import type { Link } from '../../connection/link/link.ts';
import { decodeStreamError } from '../../document/error-document.ts';
import { streamReceive } from '../../diagnostics/channels.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import { ProtocolError, StreamClosedError } from '../../errors/errors.ts';
import { isLaneFrame, type LaneFrame } from '../../wire/lane-frame.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { HalfListener } from '../half/half-listener.ts';
import type { SourceCarrier } from '../half/half-carrier.ts';
import { blamedFor, HalfState } from '../half/half-state.ts';
import type { Parent } from '../half/parent.ts';
import { isEndOfCall, streamCancel } from './cancel-message.ts';
import type { LaneInput, MetadataListener, Segment, SegmentLane } from './segment.ts';

/** A canceled stream is dropped up to this size, to keep its lane; above it the lane is closed. */
const MAX_DRAIN_BYTES = 1_048_576;

/**
 * Whether the lane's bytes belong to the stream, and whether anybody wants them.
 *
 *     open --end of stream, or too early an end--> over
 *       \                                          ^
 *        `--cancel--> draining --end of stream-----'
 */
type SegmentPhase = 'open' | 'draining' | 'over';

/**
 * The progress of the stream. Each part comes at most once, and the parts come in this order.
 *
 *     [headers] messages --trailers--> trailers --count or error--> outcome --> end of stream
 *                   \                                              ^
 *                    `--count or error---------------------------'
 */
type StreamPart = 'messages' | 'trailers' | 'outcome';

/** The receiving side of a value stream on a lane. */
export class SourceSegment implements SourceCarrier, Segment {
  readonly number: number;
  readonly sourceState: HalfState = new HalfState();
  /** Set by the reader. */
  metadata: MetadataListener | undefined;
  /** Called when the stream is lost with its producer, or was given up with its call. */
  onLost: ((cause: Error) => void) | undefined;
  readonly #lane: SegmentLane;
  /** The half of the segment, once there is one. */
  listener: HalfListener | undefined;
  #receivedMessages = 0;
  #phase: SegmentPhase = 'open';
  #part: StreamPart = 'messages';
  /** Whether the listener has got the headers, or knows that there are none. */
  #isPastHeaders = false;
  /** The outcome: the producer's error, or the number of messages that it has sent. */
  #failure: Error | undefined;
  #sentMessages: number | undefined;
  #drainedBytes = 0;

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

  get parent(): Parent {
    return this.#lane.parent;
  }

  get input(): LaneInput {
    return this.#lane.input;
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
    this.#receivedMessages++;
    if (!this.#isPastHeaders) this.#passHeaders(undefined);
    if (streamReceive.hasSubscribers) this.metadata?.onMessage(frame.length);
    return frame;
  }

  takeWhole(into: Buffer[]): void {
    // Subscribers get messages one by one.
    if (streamReceive.hasSubscribers) return;
    const before = into.length;
    this.input.takeWhole(into);
    this.#receivedMessages += into.length - before;
  }

  setSourceWaiting(isWaiting: boolean): void {
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
    else if (this.metadata !== undefined && !this.#isPastHeaders) this.#peek();
  }

  lose(cause: unknown): void {
    if (this.#phase === 'over') return;
    if (this.#phase === 'draining') {
      this.#phase = 'over';
      this.#lane.abort(cause);
    } else if (this.input.close(cause)) this.listener?.onChange();
  }

  /** Tells the producer to stop, and drops the rest of the stream, to keep the lane usable. */
  #refuseRest(cause: unknown): void {
    if (this.#phase === 'over') return;
    this.#tellPeer(cause);
    if (this.input.isEnded) {
      this.#lane.abort(cause);
      return;
    }
    this.#phase = 'draining';
    this.input.setWaiting(true);
    this.#drain(0);
  }

  #tellPeer(cause: unknown): void {
    const { environment } = this.parent;
    this.#lane.tellPeer(streamCancel(this.number, cause, environment, this.#receivedMessages));
  }

  /** The received bytes are not a valid stream. */
  #break(error: unknown): void {
    if (this.#abort(error, 'remote')) this.#lane.abort(error);
  }

  /** The next message or end of stream. Handles the lane frames before it. */
  #take(): Buffer | typeof EOS | undefined {
    for (;;) {
      const frame = this.input.next();
      if (!this.#isTakenCareOf(frame)) return frame;
    }
  }

  /** Handles a lane frame and returns true. Other frames are for the reader. */
  #isTakenCareOf(frame: Buffer | typeof EOS | LaneFrame | undefined): frame is LaneFrame {
    if (frame === undefined || frame === EOS) return false;
    if (isLaneFrame(frame)) {
      this.#onLaneFrame(frame);
      return true;
    }
    if (this.#part === 'messages') return false;
    throw outOfPlace('a message');
  }

  #onLaneFrame(frame: LaneFrame): void {
    const part = this.#part;
    switch (frame.type) {
      case 'headers':
        if (part !== 'messages' || this.#isPastHeaders) break;
        this.#passHeaders(frame.document);
        return;
      case 'trailers':
        if (part !== 'messages') break;
        this.#part = 'trailers';
        this.metadata?.onTrailers(frame.document);
        return;
      case 'error':
        if (part === 'outcome') break;
        this.#part = 'outcome';
        this.#failure = decodeStreamError(frame.document, this.#lane.link.peer);
        return;
      case 'count':
        if (part === 'outcome') break;
        this.#part = 'outcome';
        this.#sentMessages = frame.number;
        return;
      default:
    }
    throw outOfPlace(frame.type);
  }

  #onEos(): typeof EOS {
    const error = this.#failure ?? this.#lostMessages();
    if (error === undefined) this.sourceState.finish();
    else this.#abort(error, 'remote');
    this.#end();
    if (error === undefined) return EOS;
    if (isEndOfCall(error)) this.onLost?.(error);
    throw error;
  }

  #lostMessages(): ProtocolError | undefined {
    const sent = this.#sentMessages;
    const received = this.#receivedMessages;
    if (sent === received) return undefined;
    const text = sent === undefined ? 'an unknown number of' : String(sent);
    return new ProtocolError(`the stream ended after ${received} of ${text} messages`, 'stream');
  }

  /** Called when bytes are missing. @throws StreamClosedError when no more bytes will come. */
  #missing(): undefined {
    const { input } = this;
    if (!input.isEnded) return undefined;
    const { cutFrame, end } = input;
    const cut =
      cutFrame === undefined || !this.#lane.link.isPeerEnded
        ? end
        : new StreamClosedError(`unexpected eof ${cutFrame}`, 'remote', end);
    this.#abort(cut, blamedFor(cut));
    this.#phase = 'over';
    // The producer may not know that it was to begin.
    this.#tellPeer(cut);
    this.#lane.abort(cut);
    const error = this.sourceState.closedError();
    this.onLost?.(error);
    throw error;
  }

  #passHeaders(document: Buffer | undefined): void {
    this.#isPastHeaders = true;
    this.metadata?.onHeaders(document);
  }

  /** The headers may be asked for before the first read. */
  #peek(): void {
    try {
      while (this.#isTakenCareOf(this.input.peek())) this.input.next();
      if (this.input.peek() !== undefined && !this.#isPastHeaders) this.#passHeaders(undefined);
    } catch (error) {
      this.#break(error);
      this.listener?.onChange();
    }
  }

  #drain(chunkBytes: number): void {
    this.#drainedBytes += chunkBytes;
    try {
      for (let frame; (frame = this.input.next()) !== undefined;) {
        if (frame === EOS) {
          this.#end();
          return;
        }
      }
    } catch (error) {
      this.#lane.abort(error);
      return;
    }
    if (this.#drainedBytes > MAX_DRAIN_BYTES) {
      this.#lane.abort(new StreamClosedError('a canceled stream went on', 'remote'));
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

function outOfPlace(what: string): ProtocolError {
  return new ProtocolError(`the peer sent ${what} where none belongs in a stream`, 'stream');
}
