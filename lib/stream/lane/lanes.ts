import { markLibraryEnd } from '../../document/library-end.ts';
import { StreamNotFoundError } from '../../errors/errors.ts';
import type { ResumePoint } from '../../wire/resume-point.ts';
import type { Lane } from './lane.ts';
import type { SinkSegment } from './sink-segment.ts';
import type { SourceSegment } from './source-segment.ts';

/** An offered stream that waits for its reader, as lanes see it. */
export interface Startable {
  /** The reader wants the first item, over this segment. */
  start(segment: SinkSegment): void;
}

/** A stream that runs, or waits for its reader, and that can go on on another lane. */
export interface Resumable {
  /** The reader goes on at this place, over this segment. */
  resume(segment: SinkSegment, point: ResumePoint): void;
}

/** The streams that we have offered, as lanes find them. */
export interface OfferedStreams {
  /** The stream that the peer wants to read now; undefined if it is over or runs already. */
  take(number: number): Startable | undefined;
  /** The stream that the peer wants to go on with; undefined if it is over, or can't be resumed. */
  find(number: number): Resumable | undefined;
}

/** Owns the numbers that a client chooses for streams of its server. */
export interface OfferNumbers {
  /** The next number. It is odd and was never used before. */
  takeOfferNumber(): number;
}

/** Opens lanes at either side, to read streams that the peer has offered. */
interface ReadingLanes {
  /** A segment from which to read the stream with this number. The producer is told. */
  consume(number: number): SourceSegment | Promise<SourceSegment>;
  /** Goes on with a stream that has lost its lane. Resolves when there is a lane for it. */
  resume(segment: SourceSegment, point: ResumePoint): Promise<SourceSegment>;
}

/** The lanes of a client, which opens the lanes of both sides. */
export interface DialingLanes extends ReadingLanes {
  readonly role: 'dialing';
  /**
   * The peer has offered the stream with this number. If we had offered a lane for it, the stream
   * has begun there, and the lane is kept for its reader.
   */
  claim(number: number): void;
  /**
   * The segment of a stream that began on an offered lane and was never opened; undefined for any
   * other stream.
   */
  unclaim(number: number): SourceSegment | undefined;
  /** The peer wants to read one of our streams. @throws at `maxChildren`. */
  produce(number: number): Promise<SinkSegment>;
  /** The peer's reader has taken the end of one of our streams. */
  settle(number: number): void;
}

/** The lanes of one client at its server, which asks the client for lanes. */
export interface AcceptingLanes extends ReadingLanes {
  readonly role: 'accepting';
  /** Whether the client was asked for the stream and has not answered. */
  isAwaited(number: number): boolean;
  /** The client can't open the stream that it was asked for. */
  refuse(number: number, error: Error): void;
  /** The client has lost the lane of that attempt, or could not open one. */
  part(number: number, attempt: number): void;
  /** Nobody waits for the stream any more. An answer that comes late harms nobody. */
  release(number: number): void;
  /** The idle lane with this id, which the client has offered; undefined if there is none. */
  offered(id: bigint): Lane | undefined;
}

/** The lanes of value streams, at either side of a connection. */
export type Lanes = DialingLanes | AcceptingLanes;

/** The error of a reader when nobody sends its stream. */
export function streamNotFound(number: number): StreamNotFoundError {
  const text = `stream ${number} is not promised, or is over`;
  return markLibraryEnd(new StreamNotFoundError(text, 'remote'));
}
