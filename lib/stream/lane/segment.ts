import type { FrameInput } from '../../connection/link/frame-input.ts';
import type { Link } from '../../connection/link/link.ts';
import type { LaneFrame } from '../../wire/lane-frame.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { EOS } from '../../wire/stream-frame.ts';
import type { Parent } from '../half/parent.ts';

/** The input of a lane. */
export type LaneInput = FrameInput<typeof EOS | LaneFrame>;

/** A lane, as its segment sees it. */
export interface SegmentLane {
  /** The id of the child connection. */
  readonly id: bigint;
  readonly parent: Parent;
  /** Whether we accepted the connection; otherwise we dialed it. */
  readonly isAccepted: boolean;
  /** Whether both ends can go on with its streams on another lane. */
  readonly canResume: boolean;
  readonly link: Link;
  readonly input: LaneInput;
  /** Names its stream in log lines; undefined for streams that have numbers. */
  readonly streamName?: string;
  /** The segment is over at this end; the next one may begin. */
  endSegment(): void;
  /** The received bytes can't be read: the lane is given up. */
  abort(error: unknown): void;
  /** A reader began or ceased to wait. */
  onWaiting(): void;
  /** Sends the peer a message about the stream, on the main connection. */
  tellPeer(message: MainMessage): void;
}

/** One value stream on a lane, from its beginning to its end, at one side. */
export interface Segment {
  /** The number of the stream. */
  readonly number: number;
  /** Bytes came. */
  onInput(chunkBytes: number): void;
  /** The peer ended the connection, or it is closed: no more bytes come, and none get out. */
  lose(cause: unknown): void;
}

/** Gets the messages, and the metadata of the stream. */
export interface MetadataListener {
  /** Headers come before the first message; undefined if there are none. */
  onHeaders(document: Buffer | undefined): void;
  onTrailers(document: Buffer): void;
  /** A message was read. Called only while `streamReceive` has subscribers. */
  onMessage(bytes: number): void;
}

/** Goes on with a stream when its lane is lost. */
export interface Resumption {
  /** Whether it does, when the lane has ended for this reason. A real-time stream may acknowledge, and end with its lane. */
  goesOn(cause: unknown): boolean;
  /**
   * The lane is lost. `goOn` of the segment is to be called with another lane,
   * or `abortParted`.
   */
  onParted(cause: unknown): void;
  /** Whether the end was taken, and not all is acknowledged. */
  readonly isSettling: boolean;
  /** Tells the producer that the reader wants no more: there is no lane, or the end was taken. */
  tellCancel(cause: unknown): void;
  /** Whether the producer has kept to its window so far. */
  readonly isWithinWindow: boolean;
  /** A message was taken. */
  onMessage(payload: Buffer): void;
  /** @throws ProtocolError if the producer has not kept to its window. */
  judge(): void;
  /** The end was taken, with the producer's error or without. */
  onEnd(): void;
  /** The reader wants no more, or the stream has failed: nothing is left to be told. */
  end(): void;
}
