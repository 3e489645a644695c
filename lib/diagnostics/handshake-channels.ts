/**
 * Events of handshakes, on channels of `node:diagnostics_channel`. At a client a handshake starts
 * with the dial, at a server with the socket; it ends when both ends have agreed. Without a
 * subscriber a handshake costs a look at its channels.
 */

import { type Channel, channel } from 'node:diagnostics_channel';
import type { Clock } from '../base/clock.ts';

/** The opening of one connection, as one of its ends sees it. */
export interface HandshakeEvent {
  /** The end that reports the event. */
  readonly side: 'client' | 'server';
  /** The other end, `address:port`. At a client it is the host in its options. */
  readonly peer: string;
  /** Set if the handshake failed: the reason. */
  error?: unknown;
  /** Set at the end: milliseconds since the start. */
  durationMs?: number;
}

/** `sluice:handshake:start`: a {@link HandshakeEvent}. */
export const handshakeStart: Channel = channel('sluice:handshake:start');
/** `sluice:handshake:end`: the same object, once both ends have agreed. */
export const handshakeEnd: Channel = channel('sluice:handshake:end');
/** `sluice:handshake:failed`: the same object, when the handshake has failed. */
export const handshakeFailed: Channel = channel('sluice:handshake:failed');

/** Reports the outcome of a handshake; without an error it has succeeded. */
export type TellHandshakeEnd = (error?: unknown) => void;

/** Reports that a handshake has started. Undefined if nobody subscribes. */
export function tellHandshake(
  side: HandshakeEvent['side'],
  peer: string,
  clock: Pick<Clock, 'now'>,
): TellHandshakeEnd | undefined {
  if (!areHandshakesWatched()) return undefined;
  const event: HandshakeEvent = { side, peer };
  const startedAt = clock.now();
  handshakeStart.publish(event);
  return (error) => {
    event.durationMs = clock.now() - startedAt;
    if (error !== undefined) event.error = error;
    (error === undefined ? handshakeEnd : handshakeFailed).publish(event);
  };
}

function areHandshakesWatched(): boolean {
  return (
    handshakeStart.hasSubscribers || handshakeEnd.hasSubscribers || handshakeFailed.hasSubscribers
  );
}
