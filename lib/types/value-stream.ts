/**
 * The interfaces of streams that stand in values: what a producer puts there and what the consumer
 * finds in its place. Like the ends of a verb's stream, they are spoken of without knowing how they
 * work.
 */

import type { Readable } from 'node:stream';
import type { TupleSerializer, WaitOptions } from './sink-source.ts';

/**
 * What goes with a call or a stream beside its values. Names are those of HTTP/2: letters, digits,
 * `_`, `.` and `-`, in lower case where they arrive.
 */
export type Metadata = Readonly<Record<string, string | Uint8Array>>;

/**
 * A stream that the other side has put into a value: an argument, a result, a field of either, or
 * an item of another stream.
 *
 * Nothing is opened and the producer is not asked for anything before the first item is wanted. From
 * then on the stream is read to its end, canceled or disposed, any of which runs the producer's
 * `finally`. One that is never read costs a number, which is given back when it is canceled,
 * disposed or collected, and when the connection ends.
 *
 * It is read once, in one of its ways: `for await`, `read` and `readBatch`, or an adapter.
 *
 * @typeParam T - the item.
 */
export interface RemoteStream<T> extends AsyncIterable<T>, AsyncDisposable {
  /** Tells it from plain values and from other streams. */
  readonly '~stream': 'remote';

  /**
   * Settles when the stream has ended: resolves once its end was read, rejects with the cause
   * otherwise. Never an unhandled rejection.
   */
  readonly ended: Promise<void>;

  /**
   * What the producer said before its first item, empty if nothing. Resolves when the first item or
   * the end has arrived; rejects with the cause if the stream fails before. Never an unhandled rejection.
   */
  readonly headers: Promise<Metadata>;

  /**
   * What the producer said after its last item, empty if nothing. Resolves when the stream has ended
   * cleanly; rejects with the cause otherwise. Never an unhandled rejection.
   */
  readonly trailers: Promise<Metadata>;

  /**
   * The next item, in the form of an iterator's result, as an item may well be undefined. After the
   * end every further read says `done`.
   *
   * @throws what the producer has thrown, after the items before it; StreamClosedError when the
   *   connection is lost and after `cancel`, with the cause; CanceledError when `signal` fires,
   *   TimeoutError. One that gives up waiting loses no item: the next read has it.
   */
  read(options?: WaitOptions): Promise<IteratorResult<T, undefined>>;

  /** All items that have arrived, at least one, or undefined at the end. The array is the caller's. @throws as `read`. */
  readBatch(options?: WaitOptions): Promise<T[] | undefined>;

  /**
   * Wants no more items: the producer's `finally` runs, and a factory's signal fires with the reason.
   * Before the first read it is a message to the producer's side only. Silent: never throws or rejects.
   */
  cancel(reason?: unknown): void;

  /** A Node Readable in object mode over this stream. Destroying it cancels. An item of null or undefined fails it. */
  toReadable(): Readable;

  /** A WHATWG ReadableStream over this stream. Canceling it cancels. */
  toReadableStream(): ReadableStream<T>;

  /** Iterates once; a second iteration throws. Leaving the loop early cancels. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * A stream to be put into a value, made by `stream(…)`. On the other side it is a
 * {@link RemoteStream}.
 *
 * It can be iterated on this side too, as often as its source can. It may be sent more than once if
 * its source can be iterated more than once; each time is a stream of its own.
 *
 * @typeParam T - the item.
 */
export interface LocalStream<T> extends AsyncIterable<T> {
  /** Tells it from plain values and from other streams. */
  readonly '~stream': 'local';

  /**
   * Settles when the stream was sent to its end: resolves when the kernel has taken its end,
   * rejects with what its source threw, the consumer's cancel or the lost connection. Never an
   * unhandled rejection. Of one that is sent more than once it speaks of the first time.
   */
  readonly whenSent: Promise<void>;

  /** How many items were sent so far. */
  readonly sentItems: number;
}

/**
 * What `stream(…)` takes. A factory is called when the consumer wants its first item; its signal
 * fires when the consumer wants no more, or is lost, so that it can stop what it waits for.
 */
export type StreamSource<T> =
  | AsyncIterable<T>
  | Iterable<T>
  | ReadableStream<T>
  | ((signal: AbortSignal) => AsyncIterable<T> | Iterable<T>);

/** What `stream(…)` takes beside the source. */
export interface StreamOptions<T> {
  /**
   * How items become bytes, each as the one member of a tuple. The consumer learns it from the value
   * that holds the stream. @default the connection's serializer
   */
  readonly serializer?: TupleSerializer<[T]> | undefined;
  /**
   * How many items may be sent together when the source has them ready, from 1 to 1,024. A batch never
   * waits for its next item. @default all that are ready in one turn of the loop
   *
   * Source: ActualLab's `RpcStream.BatchSize`.
   */
  readonly batchSize?: number | undefined;
  /**
   * Milliseconds that one item may wait for room before the stream fails with a TimeoutError; 0 and
   * Infinity mean no limit. Default: no limit.
   */
  readonly sendTimeoutMs?: number | undefined;
}
