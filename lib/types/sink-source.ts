/**
 * The interfaces of a stream's two ends, so that verbs and serializers can speak of them without
 * knowing how a stream works.
 */

import type { Readable, Writable } from 'node:stream';

/** The property that marks our stream handles, so that a serializer recognizes them among plain values. */
export const STREAM_HANDLE = '~stream';

/** Bounds for an operation that waits. */
export interface WaitOptions {
  /** Gives up when it fires. Default: never. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up after so many milliseconds. Default: 0, no limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The sending end of one direction of a stream. Messages arrive at the peer's source in the order
 * of the `send` calls, each exactly once, or the stream fails.
 *
 * A sink belongs to whoever received it and must be ended with `close`, `closeAndConfirm` or
 * `abort`. One that is dropped without is aborted when it is collected, logged and counted.
 *
 * @typeParam T - the tuple that one `send` takes; the peer's source yields the same.
 */
export interface Sink<T extends unknown[] = unknown[]> extends AsyncDisposable {
  /** Tells a sink from plain values and from a source. */
  readonly '~stream': 'sink';

  /** The id of the stream's child connection, as the wire has it. */
  readonly id: bigint;

  /** Bytes accepted by `send` that the kernel has not taken yet, headers included. */
  readonly bufferedBytes: number;

  /**
   * Settles when this half has ended: resolves after `close` once the end of stream is with the
   * kernel, rejects with the cause otherwise. Never an unhandled rejection.
   */
  readonly ended: Promise<void>;

  /**
   * Queues one message. Returns undefined when there is room for more, or a promise to await before
   * the next; `await sink.send(…)` serves both. The message is queued either way.
   *
   * Byte payloads of 16 KiB and more are not copied: leave them unchanged until `flush` resolves.
   *
   * Source: Seastar's `rpc::sink::operator()`, whose budget is waited for before and not after.
   *
   * @throws StreamClosedError after `close`, `abort` or a failure of the stream.
   * @throws SerializationError if the message does not fit the stream's serializer; nothing is sent.
   * @throws MessageTooLargeError above `maxStreamMessageBytes`; nothing is sent.
   * @throws NotAwaitedError when `maxWaitingSends` sends, or twice the budget in bytes, are waiting.
   */
  send(...message: T): Promise<void> | undefined;

  /** Resolves when the kernel has taken all that was sent. It does not wait for the peer. */
  flush(options?: WaitOptions): Promise<void>;

  /**
   * Ends this half cleanly: sends end of stream and resolves when the kernel has taken it.
   * A second `close` has the first one's outcome. Never throws synchronously; a rejection that nobody
   * waits for is no unhandled one, as `ended` tells it as well.
   */
  close(): Promise<void>;

  /**
   * As `close`, and resolves only when the peer's reader has taken the end of stream, so that
   * nothing is lost by closing the client next. A peer of our kind says so at once, on the main
   * connection; a Seastar by ending the stream's connection once both directions are finished.
   */
  closeAndConfirm(options?: WaitOptions): Promise<void>;

  /**
   * Ends the stream as failed: the reader gets what was sent before and then an error, never a clean
   * end. Sends that wait for room reject. A `close` that still waits for the kernel rejects as well,
   * and what the kernel has not taken is dropped; later it does nothing.
   */
  abort(reason?: unknown): void;

  /** A Node Writable in object mode over this sink; a one-member tuple is written as its member. */
  toWritable(): Writable;

  /** A WHATWG WritableStream over this sink; a one-member tuple is written as its member. */
  toWritableStream(): WritableStream<T[0]>;
}

/**
 * The receiving end of one direction of a stream. Nothing is read ahead beyond the stream's budget,
 * and messages are decoded only when they are read.
 *
 * A source belongs to whoever received it and is read to its end, canceled or disposed.
 *
 * @typeParam T - the tuple that one `read` yields.
 */
export interface Source<T extends unknown[] = unknown[]> extends AsyncIterable<T>, AsyncDisposable {
  /** Tells a source from plain values and from a sink. */
  readonly '~stream': 'source';

  /** The id of the stream's child connection, as the wire has it. */
  readonly id: bigint;

  /** Bytes received and not yet read. */
  readonly bufferedBytes: number;

  /** Settles when this half has ended: resolves once the end of stream was read, rejects with the cause otherwise. */
  readonly ended: Promise<void>;

  /**
   * The next message, or undefined at the end of stream, which is delivered once: a read after it
   * rejects with StreamClosedError. Byte values may be views of the receive buffer; they stay valid
   * and unchanged for as long as they are held, and pin up to 64 KiB each.
   */
  read(options?: WaitOptions): Promise<T | undefined>;

  /** All messages that have arrived, at least one, or undefined at the end of stream. The array is the caller's. */
  readBatch(options?: WaitOptions): Promise<T[] | undefined>;

  /** Refuses further messages and tells the producer by ending the stream. Silent: never throws or rejects. */
  cancel(reason?: unknown): void;

  /**
   * The sink of the other direction of the same child connection.
   *
   * @param options - the serializer of that direction; default: the connection's.
   * @throws StreamClosedError when the stream has ended, MisuseError at a second call or where only the peer can open it.
   */
  makeSink<U extends unknown[]>(options?: SinkOptions<U>): Sink<U>;

  /** Stops reading from the socket, beyond what has arrived, until `resume`. */
  pause(): void;

  /** Undoes `pause`. */
  resume(): void;

  /** A Node Readable in object mode over this source; a one-member tuple is read as its member. A null fails it. */
  toReadable(): Readable;

  /** A WHATWG ReadableStream over this source; a one-member tuple is read as its member. */
  toReadableStream(): ReadableStream<T[0]>;

  /** Iterates once; a second iteration throws. Leaving the loop early cancels. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/** What `makeSink` and `makeStreamSink` take. */
export interface SinkOptions<T extends unknown[]> {
  /** How messages become bytes; the reader must use the same. Default: the connection's serializer. */
  readonly serializer?: TupleSerializer<T> | undefined;
}

/** The part of a serializer that types speak of; see `Serializer` for the whole. */
export interface TupleSerializer<T extends unknown[]> {
  /** The serializer's signature, for example `packed(i32,i64)`; both ends of a stream have the same. */
  readonly name: string;
  /** Never present: carries the tuple's type. */
  readonly tuple?: T;
}
