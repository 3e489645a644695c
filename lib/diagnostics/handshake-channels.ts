/**
 * How connections come to be, as `node:diagnostics_channel` tells it: at a client from the dial on, at a
 * server from the socket on, until both ends have agreed. Without a subscriber a handshake costs a look
 * at its channels.
 */

import { type Channel, channel } from 'node:diagnostics_channel';
import type { Clock } from '../base/clock.ts';

/** The opening of one connection, at one of its ends. */
export interface HandshakeEvent {
  /** Which end tells it. */
  readonly side: 'client' | 'server';
  /** The other end, `address:port`. At a client it is the host of its options. */
  readonly peer: string;
  /** Of one that has failed: why. */
  error?: unknown;
  /** From the end on: milliseconds since the start. */
  durationMs?: number;
}

/** `sluice:handshake:start`: a {@link HandshakeEvent}. */
export const handshakeStart: Channel = channel('sluice:handshake:start');
/** `sluice:handshake:end`: the same object, once both ends have agreed. */
export const handshakeEnd: Channel = channel('sluice:handshake:end');
/** `sluice:handshake:failed`: the same object, when nothing came of it. */
export const handshakeFailed: Channel = channel('sluice:handshake:failed');

/** Tells how a handshake went; without an error it has succeeded. */
export type TellHandshakeEnd = (error?: unknown) => void;

/** Tells that a handshake has started. Undefined where nobody watches. */
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
