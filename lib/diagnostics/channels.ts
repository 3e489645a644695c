/**
 * What happens to calls and to streams in values, for whoever subscribes by `node:diagnostics_channel`.
 * Start and finish of the same thing come with the same object, each exactly once. Without a subscriber
 * an event costs a look at its channel.
 *
 * Source: Kitex's `StreamStart`, `StreamRecvHeader`, `StreamRecv`, `StreamSend`, `StreamFinish`.
 */

import { type Channel, channel } from 'node:diagnostics_channel';

/** A call, at one of its ends. */
export interface CallEvent {
  /** Which end tells it. */
  readonly side: 'client' | 'server';
  /** The number of its verb. */
  readonly verb: number | bigint;
  /** Of a service's method, `service/path`; undefined for a verb. */
  readonly method: string | undefined;
  /** From the finish on: what it failed with; undefined if it succeeded. */
  error?: unknown;
  /** From the finish on: milliseconds since the start. */
  durationMs?: number;
}

/** A stream in a value, at one of its ends, from the demand for its first item on. */
export interface StreamEvent {
  /** Which end tells it. */
  readonly side: 'producer' | 'consumer';
  /** Its number on its connection. */
  readonly number: number;
  /** Items so far. */
  items: number;
  /** Bytes of the last item, as they travel. */
  lastItemBytes: number;
  /** From the finish on: why it ended before its end; undefined if it did not. */
  error?: unknown;
}

/** `sluice:call:start`: a {@link CallEvent}. */
export const callStart: Channel = channel('sluice:call:start');
/** `sluice:call:finish`: the same object, once the call is answered, has failed or was given up. */
export const callFinish: Channel = channel('sluice:call:finish');
/** `sluice:stream:start`: a {@link StreamEvent}. */
export const streamStart: Channel = channel('sluice:stream:start');
/** `sluice:stream:headers`: the same object, when headers have come. */
export const streamHeaders: Channel = channel('sluice:stream:headers');
/** `sluice:stream:send`: the same object, for each item. */
export const streamSend: Channel = channel('sluice:stream:send');
/** `sluice:stream:receive`: the same object, for each item that is read. */
export const streamReceive: Channel = channel('sluice:stream:receive');
/** `sluice:stream:finish`: the same object. */
export const streamFinish: Channel = channel('sluice:stream:finish');

/** Whether somebody wants to know of calls. */
export function areCallsWatched(): boolean {
  return callStart.hasSubscribers || callFinish.hasSubscribers;
}
