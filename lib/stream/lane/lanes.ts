import { StreamNotFoundError } from '../../errors/errors.ts';
import type { Lane } from './lane.ts';
import type { SinkSegment } from './sink-segment.ts';
import type { SourceSegment } from './source-segment.ts';

/** A stream that waits for its reader, as lanes see it. */
export interface Startable {
  /** Its reader wants the first item, over this segment. */
  start(segment: SinkSegment): void;
}

/** Owns the numbers that a client chooses for streams of its server. */
export interface OfferNumbers {
  /** The next one, which is odd and was never used before. */
  takeOfferNumber(): number;
}

/** How either side opens a lane to read what the peer has offered. */
interface ReadingLanes {
  /** A segment to read the stream of that number from; the producer is told. */
  consume(number: number): SourceSegment | Promise<SourceSegment>;
}

/** The lanes of a client, which opens them for both sides. */
export interface DialingLanes extends ReadingLanes {
  readonly role: 'dialing';
  /** The peer has offered the stream of that number; it may have begun on a lane that was offered for it. */
  claim(number: number): void;
  /** The segment of a stream that began on an offered lane and was never opened; undefined for any other. */
  unclaim(number: number): SourceSegment | undefined;
  /** The peer wants to read one of our streams. @throws at `maxChildren`. */
  produce(number: number): Promise<SinkSegment>;
  /** The peer's reader has taken the end of one of our streams. */
  settle(number: number): void;
}

/** The lanes of a client at its server, which asks for them. */
export interface AcceptingLanes extends ReadingLanes {
  readonly role: 'accepting';
  /** The client can't open what it was asked for. */
  refuse(number: number, error: Error): void;
  /** The idle lane of that id, which the client has offered; undefined if there is none. */
  offered(id: bigint): Lane | undefined;
}

/** How a side of a connection gets lanes for value streams. */
export type Lanes = DialingLanes | AcceptingLanes;

/** For a reader of what nobody sends. */
export function streamNotFound(number: number): StreamNotFoundError {
  return new StreamNotFoundError(`stream ${number} is not promised, or is over`, 'remote');
}
