import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import type { LinkReceiver } from '../../connection/link/link-receiver.ts';
import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import { ProtocolError, StreamClosedError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import {
  encodeLaneFrame,
  isLaneFrame,
  type LaneFrame,
  LaneFrameDecoder,
} from '../../wire/lane-frame.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { ParentEnd } from '../half/half-listener.ts';
import { OrphanWatch } from '../child/orphan-watch.ts';
import { closedBy } from '../half/half-state.ts';
import type { Parent } from '../half/parent.ts';
import type { Judge } from '../half/parent-fate.ts';
import { type AttachFrame, isAttach } from './attach-frame.ts';
import type { LaneInput, Segment, SegmentLane } from './segment.ts';
import { snapshotSegment } from './segment-snapshot.ts';
import { SinkSegment } from './sink-segment.ts';
import { SourceSegment } from './source-segment.ts';

/** The side that a lane belongs to, as the lane sees it. */
export interface LaneOwner {
  /** The peer, which dialed the lane, wants to use it. */
  onAttach(lane: Lane, frame: AttachFrame): void;
  /** A stream begins. */
  onBusy?(lane: Lane): void;
  /** A stream has ended, and the next one may come. */
  onIdle(lane: Lane): void;
  /** The connection is closed. */
  onClosed(lane: Lane): void;
}

/**
 * A child connection that carries value streams, one after the other, each in one direction. The
 * side that dialed it decides what it is for. Between two streams the lane is idle, and that side
 * keeps (parks) it.
 *
 *     idle --openSource--> reading --end of stream--> idle
 *       \
 *        `--openSink--> sending --end of stream--> [settling --taken-->] idle
 *
 * After the dialing side has sent on a lane, it uses the lane again only when the peer's reader has
 * taken the end. Otherwise the next stream would wait behind messages that nobody reads.
 */
export class Lane implements LinkReceiver, SegmentLane {
  readonly id: bigint;
  readonly link: Link;
  readonly parent: Parent;
  readonly input: LaneInput;
  readonly isAccepted: boolean;
  readonly canResume: boolean;
  readonly losesWriter = true;
  readonly #owner: LaneOwner;
  #segment: Segment | undefined;
  /** The stream that was sent to its end, and that the peer's reader may still read. */
  #settling: SinkSegment | undefined;
  #orphan: OrphanWatch | undefined;
  #isReadingIdle = false;
  /** Whether the peer has ended the connection, and it is not known yet whether that is all. */
  #isJudging = false;

  constructor(link: Link, agreed: AgreedWithId, parent: Parent, owner: LaneOwner) {
    this.id = agreed.connectionId;
    this.link = link;
    this.parent = parent;
    const { limits } = parent.environment;
    this.canResume = agreed.capabilities.resume;
    const decoder = new LaneFrameDecoder(limits.maxStreamMessageBytes, this.canResume);
    this.input = new FrameInput(link, decoder, agreed.compressor, limits);
    this.isAccepted = agreed.isAccepted;
    this.#owner = owner;
  }

  /** Whether a stream may be opened on the lane. */
  get isIdle(): boolean {
    if (this.#segment !== undefined || this.#settling !== undefined) return false;
    return this.link.phase === 'open' && !this.link.isPeerEnded;
  }

  /** The stream that the lane carries, or that has an untaken end at the peer's reader. */
  snapshot(): StreamSnapshot | undefined {
    return snapshotSegment(this.id, this.#segment ?? this.#settling);
  }

  /** Takes the link over from its negotiation, with the bytes that came behind it. */
  start(rest: Buffer): void {
    this.link.handOver(this);
    if (rest.length > 0) this.onData(rest);
    if (this.link.phase === 'open') this.link.resume();
  }

  /** Tells the accepting side what the lane is for next. */
  attach(frame: AttachFrame): void {
    this.link.writer.writeFrame(encodeLaneFrame(frame));
  }

  /** Reads a stream from the lane, which must be idle. */
  openSource(number: number): SourceSegment {
    return this.#begin(new SourceSegment(this, number));
  }

  /** Goes on reading a stream on the lane, which must be idle. */
  adoptSource(segment: SourceSegment): SourceSegment {
    segment.goOn(this);
    return this.#begin(segment);
  }

  /** Sends a stream on the lane, which must be idle. */
  openSink(number: number): SinkSegment {
    return this.#begin(new SinkSegment(this, number));
  }

  /** The peer's reader has taken the end of the stream that we sent. */
  onTaken(number: number): void {
    const settled = this.#settling;
    if (settled?.number !== number) return;
    this.#settling = undefined;
    settled.confirm();
    this.#becomeIdle();
  }

  /** Resolves when the end of the sent stream was taken, or can't be taken any more. */
  async whenSettled(): Promise<void> {
    await this.#settling?.whenConfirmed().catch(() => {});
  }

  /** Ends the connection of the idle lane, which is not needed any more. */
  close(): void {
    this.link.end();
  }

  /**
   * The parent connection is gone. A source reads the messages under way, as the source of a verb
   * does.
   */
  loseParent(cause: unknown, how: ParentEnd): void {
    if (how === 'lost' && this.#segment instanceof SourceSegment) {
      const onSilent = (): void => this.#loseAll(cause, how);
      this.#orphan ??= new OrphanWatch(this.parent, this.input, cause, onSilent);
      this.#orphan.touch();
      this.link.end();
    } else this.#loseAll(cause, how);
  }

  endSegment(): void {
    const segment = this.#segment;
    this.#segment = undefined;
    if (this.link.phase !== 'open' || this.link.isPeerEnded) {
      // The reader of a stream that was sent has yet to learn how it ended.
      if (this.#isJudging && segment instanceof SinkSegment) this.#settling = segment;
      this.link.close(undefined);
      return;
    }
    if (segment instanceof SinkSegment && !this.isAccepted) {
      this.#settling = segment;
      return;
    }
    if (segment instanceof SourceSegment && this.isAccepted) {
      this.tellPeer({ kind: 'stream-taken', number: segment.number });
    }
    this.#becomeIdle();
    this.#readIdle();
  }

  abort(error: unknown): void {
    this.link.close(error);
    this.#lose(error);
    if (isInstance(error, ProtocolError) && error.scope === 'connection') this.parent.abort(error);
  }

  onWaiting(): void {
    this.#orphan?.touch();
  }

  tellPeer(message: MainMessage): void {
    this.parent.tellPeer(message);
  }

  onData(chunk: Buffer): void {
    this.input.push(chunk);
    if (this.#segment === undefined) this.#readIdle();
    else this.#segment.onInput(chunk.length);
    this.input.regulate();
    this.#orphan?.touch();
  }

  readInto(): Buffer | undefined {
    return this.input.readInto();
  }

  onEnd(): void {
    const closed = 'the peer closed the stream without end of stream';
    this.#judge((cause) => {
      this.#lose(cause ?? new StreamClosedError(closed, 'remote'));
      if (!(this.#segment instanceof SourceSegment)) this.link.end();
    });
  }

  onClose(): void {
    this.#orphan?.end();
    this.#judge((cause) => {
      const end = cause ?? this.link.cause;
      this.#lose(end);
      // Senders of the lane's stream have its error by now. Ends of streams may still be on their way.
      this.link.writer.lose(() => closedBy(end));
      this.#owner.onClosed(this);
    });
  }

  /** The main connection may have ended as well. If nobody is told, that does not matter. */
  #judge(judge: Judge): void {
    if (!this.#isWorthAsking || this.#orphan !== undefined) {
      judge(this.#orphan?.cause);
      return;
    }
    this.#isJudging = true;
    this.parent.fate.judge((cause) => {
      judge(this.#orphan?.cause ?? cause);
      this.#isJudging = false;
    });
  }

  /** A server that sends must stop at once. A client learns why its stream has ended. */
  get #isWorthAsking(): boolean {
    if (this.isAccepted) return this.#segment instanceof SourceSegment;
    const hasStream = this.#segment !== undefined || this.#settling !== undefined;
    return hasStream || this.link.writer.isAwaited;
  }

  /** The link may be closed already; its end has been reported then. */
  #begin<S extends Segment>(segment: S): S {
    this.#segment = segment;
    this.input.setWaiting(segment instanceof SourceSegment && segment.isWaiting);
    if (this.link.use !== undefined) this.link.use.streams++;
    this.#owner.onBusy?.(this);
    if (this.link.phase === 'closed') segment.lose(this.link.cause);
    return segment;
  }

  #becomeIdle(): void {
    this.link.use?.onIdle(this.link);
    this.#owner.onIdle(this);
  }

  /** Many short streams may have come together. They are read in a loop, not by recursion. */
  #readIdle(): void {
    if (this.#isReadingIdle) return;
    this.#isReadingIdle = true;
    try {
      while (this.#segment === undefined && this.link.phase === 'open') {
        const frame = this.input.next();
        if (frame === undefined) break;
        this.#onIdleFrame(isLaneFrame(frame) ? frame : undefined);
        this.#passRest();
      }
      // A part of the next frame may be more than the budget: its rest must come all the same.
      if (this.#segment === undefined) this.input.setWaiting(true);
    } catch (error) {
      this.abort(error);
    } finally {
      this.#isReadingIdle = false;
    }
  }

  /** The first messages of the stream may follow the frame that attaches it. */
  #passRest(): void {
    if (this.input.heldBytes > 0) this.#segment?.onInput(this.input.heldBytes);
  }

  #onIdleFrame(frame: LaneFrame | undefined): void {
    if (!this.isAccepted || !isAttach(frame)) {
      throw new ProtocolError('the peer sent a message that belongs to no stream', 'stream');
    }
    // If a peer takes the end of one stream before it asks for the next, it has taken everything
    // before.
    if (this.link.writer.isFull) {
      throw new ProtocolError('the peer asks for streams and does not read them', 'stream');
    }
    this.#owner.onAttach(this, frame);
  }

  #loseAll(cause: unknown, how: ParentEnd): void {
    this.#lose(cause);
    if (how === 'aborted') this.link.abort(cause);
    else this.link.close(cause, true);
  }

  #lose(cause: unknown): void {
    this.#settling?.lose(cause);
    this.#settling = undefined;
    this.#segment?.lose(cause);
  }
}
