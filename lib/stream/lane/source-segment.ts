import { decodeError } from '../../document/error-document.ts';
import { streamReceive } from '../../diagnostics/channels.ts';
import { type Initiator, ProtocolError, StreamClosedError } from '../../errors/errors.ts';
import type { LaneFrame } from '../../wire/lane-frame.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { ChildInput } from '../half/input.ts';
import type { HalfListener } from '../half/half-listener.ts';
import type { SourceCarrier } from '../half/half-carrier.ts';
import { HalfState } from '../half/half-state.ts';
import type { Parent } from '../half/parent.ts';
import { isLaneFrame } from '../half/frame-reader.ts';
import { streamCancel } from './cancel-message.ts';
import type { Segment, SegmentLane } from './segment.ts';

/** Of a canceled stream so much is read and dropped to keep its lane; one that goes on beyond is closed. */
const MAX_DRAIN_BYTES = 1_048_576;

/** Who is told of the messages, and of what goes with them. */
export interface MetadataListener {
  /** Ahead of the first message; undefined where there are none. */
  onHeaders(document: Buffer | undefined): void;
  onTrailers(document: Buffer): void;
  /** A message is read; only while `streamReceive` has subscribers. */
  onMessage(bytes: number): void;
}

/**
 * The reader's end of a value stream while a lane carries it.
 *
 *     open --end of stream, or the producer's error--> over
 *       \
 *        `--cancel--> draining --end of stream--> over
 */
export class SourceSegment implements SourceCarrier, Segment {
  readonly number: number;
  readonly sourceState: HalfState = new HalfState();
  /** Set by whoever reads. */
  metadata: MetadataListener | undefined;
  readonly #lane: SegmentLane;
  #listener: HalfListener | undefined;
  #receivedMessages = 0;
  /** Whether headers have come, or can't come any more. */
  #isPastHeaders = false;
  #hasTrailers = false;
  /** What a look for headers has found in their place. */
  #peeked: Buffer | typeof EOS | undefined;
  /** What the producer ended with, and how many messages it says to have sent. */
  #failure: { readonly error: Error } | undefined;
  #sentMessages: number | undefined;
  #isDraining = false;
  #drainedBytes = 0;
  #isOver = false;

  constructor(lane: SegmentLane, number: number) {
    this.#lane = lane;
    this.number = number;
  }

  get id(): bigint {
    return this.#lane.id;
  }

  get parent(): Parent {
    return this.#lane.parent;
  }

  get input(): ChildInput {
    return this.#lane.input;
  }

  /** Messages that were read so far. */
  get receivedMessages(): number {
    return this.#receivedMessages;
  }

  openSource(listener: HalfListener): void {
    this.sourceState.open();
    this.#listener = listener;
  }

  nextFrame(): Buffer | typeof EOS | undefined {
    let frame: Buffer | typeof EOS | undefined;
    try {
      frame = this.#peeked ?? this.#take();
      this.#peeked = undefined;
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
    // Whoever watches messages gets them one by one.
    if (this.#peeked !== undefined || streamReceive.hasSubscribers) return;
    const before = into.length;
    this.input.takeWhole(into);
    this.#receivedMessages += into.length - before;
  }

  setSourceWaiting(isWaiting: boolean): void {
    // What is dropped must come, whoever ceases to wait; later the input is another segment's.
    if (this.#isDraining || this.#isOver) return;
    this.input.setWaiting(isWaiting);
    this.#lane.onWaiting();
  }

  failSource(error: unknown): void {
    if (this.#fail(error, 'remote')) this.#refuseRest(error);
  }

  cancelSource(cause: unknown): void {
    if (this.#fail(cause, 'local')) this.#refuseRest(cause);
  }

  onInput(chunkBytes: number): void {
    if (this.#isDraining) this.#drain(chunkBytes);
    else if (this.input.isWaiting) this.#listener?.onChange();
    else if (this.metadata !== undefined && !this.#isPastHeaders) this.#peek();
  }

  lose(cause: unknown): void {
    if (this.#isOver) return;
    if (this.#isDraining) {
      this.#isOver = true;
      this.#lane.fail(cause);
    } else if (this.input.close(cause)) this.#listener?.onChange();
  }

  /** Tells the producer to stop, and drops what is under way, so that the lane can be used again. */
  #refuseRest(cause: unknown): void {
    if (this.#isOver) return;
    this.#tellPeer(cause);
    if (this.input.isEnded) {
      this.#lane.fail(cause);
      return;
    }
    this.#isDraining = true;
    const isEosHeld = this.#peeked === EOS;
    this.#peeked = undefined;
    this.input.setWaiting(true);
    if (isEosHeld) this.#end();
    else this.#drain(0);
  }

  #tellPeer(cause: unknown): void {
    const { environment } = this.parent;
    this.#lane.tellPeer(streamCancel(this.number, cause, environment, this.#receivedMessages));
  }

  /** What came is no stream. */
  #break(error: unknown): void {
    if (this.#fail(error, 'remote')) this.#lane.fail(error);
  }

  /** The next message or end of stream, once what stands in front of it is taken care of. */
  #take(): Buffer | typeof EOS | undefined {
    for (;;) {
      const frame = this.input.nextOrControl();
      if (frame === undefined || frame === EOS) return frame;
      if (isLaneFrame(frame)) this.#onLaneFrame(frame);
      else if (this.#hasTrailers || this.#isCounted) throw outOfPlace('a message');
      else return frame;
    }
  }

  #onLaneFrame(frame: LaneFrame): void {
    switch (frame.type) {
      case 'headers':
        if (this.#isPastHeaders || this.#hasTrailers || this.#isCounted) break;
        this.#passHeaders(frame.document);
        return;
      case 'trailers':
        if (this.#hasTrailers || this.#isCounted) break;
        this.#hasTrailers = true;
        this.metadata?.onTrailers(frame.document);
        return;
      case 'error':
        if (this.#isCounted) break;
        this.#failure = { error: decodeError(frame.document, this.#lane.link.peer) };
        return;
      case 'count':
        if (this.#isCounted) break;
        this.#sentMessages = frame.number;
        return;
      default:
    }
    throw outOfPlace(frame.type);
  }

  /** Whether the producer has said how the stream ended, so that nothing but EOS may follow. */
  get #isCounted(): boolean {
    return this.#failure !== undefined || this.#sentMessages !== undefined;
  }

  #onEos(): typeof EOS {
    const error = this.#failure?.error ?? this.#lostMessages();
    if (error === undefined) this.sourceState.finish();
    else this.#fail(error, 'remote');
    this.#end();
    if (error !== undefined) throw error;
    return EOS;
  }

  #lostMessages(): ProtocolError | undefined {
    const sent = this.#sentMessages;
    const received = this.#receivedMessages;
    if (sent === received) return undefined;
    const text = sent === undefined ? 'an unknown number of' : String(sent);
    return new ProtocolError(`the stream ended after ${received} of ${text} messages`, 'stream');
  }

  /** Bytes are missing. @throws StreamClosedError when they will not come. */
  #missing(): undefined {
    const { input } = this;
    if (!input.isEnded) return undefined;
    const { cutFrame, end } = input;
    const cut =
      cutFrame === undefined || !this.#lane.link.isPeerEnded
        ? end
        : new StreamClosedError(`unexpected eof ${cutFrame}`, 'remote', end);
    this.#fail(cut, 'transport');
    this.#isOver = true;
    // The producer may never have learned that it was to begin.
    this.#tellPeer(cut);
    this.#lane.fail(cut);
    throw this.sourceState.closedError();
  }

  #passHeaders(document: Buffer | undefined): void {
    this.#isPastHeaders = true;
    this.metadata?.onHeaders(document);
  }

  /** Headers may be wanted before anybody reads. */
  #peek(): void {
    try {
      this.#peeked = this.#take();
      if (this.#peeked !== undefined && !this.#isPastHeaders) this.#passHeaders(undefined);
    } catch (error) {
      this.#break(error);
      this.#listener?.onChange();
    }
  }

  #drain(chunkBytes: number): void {
    this.#drainedBytes += chunkBytes;
    try {
      for (let frame; (frame = this.input.nextOrControl()) !== undefined;) {
        if (frame === EOS) {
          this.#end();
          return;
        }
      }
    } catch (error) {
      this.#lane.fail(error);
      return;
    }
    if (this.#drainedBytes > MAX_DRAIN_BYTES) {
      this.#lane.fail(new StreamClosedError('a canceled stream went on', 'remote'));
    }
  }

  #end(): void {
    this.#isOver = true;
    this.input.setWaiting(false);
    this.#lane.endSegment();
  }

  #fail(cause: unknown, initiator: Initiator): boolean {
    if (!this.sourceState.fail(cause, initiator)) return false;
    if (initiator === 'local') this.#listener?.onChange();
    return true;
  }
}

function outOfPlace(what: string): ProtocolError {
  return new ProtocolError(`the peer sent ${what} where none belongs in a stream`, 'stream');
}
