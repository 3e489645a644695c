import type { Alarm } from '../../base/alarm.ts';
import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import type { LinkReceiver } from '../../connection/link/link-receiver.ts';
import { StreamClosedError } from '../../errors/errors.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';
import { LaneFrameDecoder } from '../../wire/lane-frame.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import { startFinishAlarm } from '../child/child-alarms.ts';
import { closedBy } from '../half/half-state.ts';
import type { Parent } from '../half/parent.ts';
import type { LaneInput, SegmentLane } from '../lane/segment.ts';

/** The stream that a lane carries, as the lane sees it. */
export interface LaneStream {
  /** The id by which values name it. */
  readonly id: bigint;
  /** Bytes came. */
  onInput(chunkBytes: number): void;
  /** The reader wants no more. */
  tellCanceled(): void;
  /** The lane is lost, or was given up for this reason. */
  onLost(lane: StreamLane, cause: unknown): void;
  /** The connection was handed over to the lane. */
  onOpened(lane: StreamLane): void;
  /** The connection is closed. */
  onClosed(lane: StreamLane): void;
}

/**
 * A child connection that carries one resumable stream of a verb, in both directions. When it is lost,
 * the stream goes on on another one.
 *
 *     carrying --end, leave, lost--> left --FIN--> closed
 */
export class StreamLane implements LinkReceiver, SegmentLane {
  readonly id: bigint;
  readonly link: Link;
  readonly parent: Parent;
  readonly input: LaneInput;
  readonly isAccepted: boolean;
  readonly canResume = true;
  readonly losesWriter = true;
  /** Undefined once the stream has left. */
  #stream: LaneStream | undefined;
  readonly #carried: LaneStream;
  #finishAlarm: Alarm | undefined;

  constructor(link: Link, agreed: AgreedWithId, parent: Parent, stream: LaneStream) {
    this.id = agreed.connectionId;
    this.link = link;
    this.parent = parent;
    this.isAccepted = agreed.isAccepted;
    const { limits } = parent.environment;
    const decoder = new LaneFrameDecoder(limits.maxStreamMessageBytes, true);
    this.input = new FrameInput(link, decoder, agreed.compressor, limits);
    this.#stream = this.#carried = stream;
  }

  get streamName(): string {
    return `the stream ${redactConnectionId(this.#carried.id)}`;
  }

  /** Takes the link over from its negotiation, with the bytes that came behind it. */
  start(rest: Buffer): void {
    this.#carried.onOpened(this);
    this.link.handOver(this);
    if (rest.length > 0) this.onData(rest);
    if (this.link.phase === 'open') this.link.resume();
    this.input.regulate();
  }

  /** The stream is over at both ends: ends the connection in order. */
  end(): void {
    this.#stream = undefined;
    this.input.release();
    this.link.end();
    this.awaitPeerEnd();
  }

  /** The stream is over at this end. The peer ends the connection, or is not waited for. */
  awaitPeerEnd(): void {
    const { environment } = this.parent;
    this.#finishAlarm ??= startFinishAlarm(environment, (cause) => this.link.close(cause));
  }

  /** The stream goes on elsewhere, or not at all: destroys the connection, and reads nothing more of it. */
  leave(cause: unknown): void {
    this.#stream = undefined;
    this.input.release();
    this.link.abort(cause);
  }

  endSegment(): void {
    // The other direction may go on, and the end of this one may have to be sent again.
  }

  abort(error: unknown): void {
    this.link.close(error);
    this.#lose(error);
  }

  onWaiting(): void {
    // Its parent says itself when it is lost.
  }

  tellPeer(message: MainMessage): void {
    // A client dials again by itself, so its server need not be told of a lost lane.
    if (message.kind === 'stream-cancel') this.#stream?.tellCanceled();
  }

  onData(chunk: Buffer): void {
    this.input.push(chunk);
    this.#stream?.onInput(chunk.length);
    this.input.regulate();
  }

  readInto(): Buffer | undefined {
    return this.input.readInto();
  }

  onEnd(): void {
    this.#lose(new StreamClosedError('the peer closed the stream without end of stream', 'remote'));
    this.link.close(undefined);
  }

  onClose(): void {
    this.#finishAlarm?.clear();
    const { cause } = this.link;
    this.#lose(cause);
    this.link.writer.lose(() => closedBy(cause));
    this.#carried.onClosed(this);
  }

  #lose(cause: unknown): void {
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.onLost(this, cause);
  }
}
