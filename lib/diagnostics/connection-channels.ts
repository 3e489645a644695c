/**
 * Events of connections, on channels of `node:diagnostics_channel`: main connections, children that
 * carry verbs' streams, and lanes that carry streams in values. All events of one connection come
 * with the same object. Without a subscriber an event costs a look at its channel.
 */

import { type Channel, channel } from 'node:diagnostics_channel';

/** A negotiated connection, as one of its ends sees it. */
export interface ConnectionEvent {
  /** The end that reports the event. */
  readonly side: 'client' | 'server';
  /** The other end, `address:port`. */
  readonly peer: string;
  /**
   * The last digits of its id, enough to tell connections apart; undefined if the server has no
   * streaming.
   */
  readonly id: string | undefined;
  /** For a child or a lane: the last digits of the id of its main connection. */
  readonly parentId: string | undefined;
  /** Bytes that have come so far, with the negotiation. */
  receivedBytes: number;
  /** Bytes that the kernel has taken so far, with the negotiation. */
  sentBytes: number;
  /** Milliseconds since the connection was made. */
  ageMs: number;
  /** For a lane: the number of streams that it has carried. */
  streams: number;
  /** Set at the end: the reason; undefined if both ends have ended it in order. */
  cause?: unknown;
}

/** `sluice:connection:open`: a {@link ConnectionEvent}, of a main connection. */
export const connectionOpen: Channel = channel('sluice:connection:open');
/** `sluice:connection:end`: the same object, when its socket is closed. */
export const connectionEnd: Channel = channel('sluice:connection:end');
/** `sluice:child:open`: a {@link ConnectionEvent}, of the connection of a verb's stream. */
export const childOpen: Channel = channel('sluice:child:open');
/** `sluice:child:end`: the same object, when its socket is closed. */
export const childEnd: Channel = channel('sluice:child:end');
/** `sluice:lane:open`: a {@link ConnectionEvent}, of a connection for streams in values. */
export const laneOpen: Channel = channel('sluice:lane:open');
/** `sluice:lane:idle`: the same object, when a stream is over and the next one may come. */
export const laneIdle: Channel = channel('sluice:lane:idle');
/** `sluice:lane:end`: the same object, when its socket is closed. */
export const laneEnd: Channel = channel('sluice:lane:end');
