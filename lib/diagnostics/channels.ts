/**
 * Events of calls and of streams, on channels of `node:diagnostics_channel`. Start and finish of the
 * same call or stream come with the same object, each exactly once. Without a subscriber a call or a
 * stream costs a look at its channels.
 *
 * Source: Kitex's `StreamStart`, `StreamRecvHeader`, `StreamRecv`, `StreamSend`, `StreamFinish`.
 */

import {
  type Channel,
  channel,
  type TracingChannel,
  tracingChannel,
} from 'node:diagnostics_channel';
import type { WaitedMs } from './stream-figures.ts';

/** A call, as one of its ends sees it. */
export interface CallEvent {
  /** The end that reports the event. */
  readonly side: 'client' | 'server';
  /** The number of its verb. */
  readonly verb: number | bigint;
  /** `service/path` for a method of a service; the name of a verb, undefined if it has none. */
  readonly method: string | undefined;
  /** The metadata of a service's call; undefined for none. It may hold secrets, such as tokens. */
  readonly metadata: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** The other end, `address:port`. At a client without a connection it is the host in its options. */
  peer: string;
  /**
   * The last digits of the id of its main connection, the same at both ends; undefined if the server
   * has no streaming. At a client without a connection it is set when the call is sent.
   */
  connectionId: string | undefined;
  /**
   * The number of the call on its connection, the same at both ends. At a client it is set when the
   * call is sent.
   */
  callId: number | undefined;
  /** Set at the finish: the error that the call failed with; undefined if it succeeded. */
  error?: unknown;
  /** Set at the finish: milliseconds since the start. */
  durationMs?: number;
}

/**
 * One direction of a stream, as one of its ends sees it. A stream in a value starts when its first
 * item is asked for. A verb's stream starts when its sink or source is made.
 */
export interface StreamEvent {
  /** The end that reports the event. */
  readonly side: 'producer' | 'consumer';
  /** Whether a verb names the stream, or a value holds it. */
  readonly kind: 'verb' | 'value';
  /** The number of a stream in a value on its connection; undefined for a verb's stream. */
  readonly number: number | undefined;
  /**
   * The last digits of the id of its connection: a child of its own, or the lane that carries a stream
   * in a value.
   */
  readonly id: string;
  /**
   * The event of the call that has named it, in its arguments or its result or in an item of another
   * stream. A sink is made before a call names it: until then it is undefined. So it is if the call
   * began before anybody subscribed.
   */
  call: CallEvent | undefined;
  /** Items so far; for a verb's stream only set at the finish. */
  items: number;
  /** Bytes of the last item on the wire; 0 for a verb's stream. */
  lastItemBytes: number;
  /** Set at the finish: bytes of the whole stream on the wire. */
  bytes?: number;
  /** Set at the finish: how long this end has waited, by the reason. */
  waitedMs?: WaitedMs;
  /** Set at the finish: the reason why the stream ended early; undefined if it did not. */
  error?: unknown;
}

/** `sluice:call:start`: a {@link CallEvent}. */
export const callStart: Channel = channel('sluice:call:start');
/** `sluice:call:finish`: the same object, once the call is answered, has failed or was given up. */
export const callFinish: Channel = channel('sluice:call:finish');
/**
 * `tracing:sluice:call:start`, `:end`, `:asyncStart`, `:asyncEnd` and `:error`: the same object, in
 * the order of `TracingChannel.tracePromise`.
 */
export const callTracing: TracingChannel<CallEvent, CallEvent> = tracingChannel<
  CallEvent,
  CallEvent
>('sluice:call');
/** `sluice:stream:start`: a {@link StreamEvent}. */
export const streamStart: Channel = channel('sluice:stream:start');
/** `sluice:stream:headers`: the same object, when headers have come. */
export const streamHeaders: Channel = channel('sluice:stream:headers');
/** `sluice:stream:send`: the same object, for each item. */
export const streamSend: Channel = channel('sluice:stream:send');
/** `sluice:stream:receive`: the same object, for each item that is read. */
export const streamReceive: Channel = channel('sluice:stream:receive');
/**
 * `sluice:stream:unacknowledged`: the same object, at the producer of a resumable stream: the window was
 * full for 30 s, and nothing was acknowledged. At most once.
 */
export const streamUnacknowledged: Channel = channel('sluice:stream:unacknowledged');
/** `sluice:stream:finish`: the same object. */
export const streamFinish: Channel = channel('sluice:stream:finish');

/** Whether anybody subscribes to the events of streams. */
export function areStreamsWatched(): boolean {
  return (
    streamStart.hasSubscribers ||
    streamFinish.hasSubscribers ||
    streamHeaders.hasSubscribers ||
    streamSend.hasSubscribers ||
    streamReceive.hasSubscribers ||
    streamUnacknowledged.hasSubscribers
  );
}

/** Whether anybody subscribes to the events of calls, or to those of streams, which name their call. */
export function areCallsWatched(): boolean {
  const { start, end, asyncStart, asyncEnd, error } = callTracing;
  return (
    callStart.hasSubscribers ||
    callFinish.hasSubscribers ||
    start.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    areStreamsWatched()
  );
}
