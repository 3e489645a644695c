/**
 * The interfaces of streams that stand in values: the stream that a producer puts there, and the
 * stream that the consumer finds in its place. They do not depend on how such streams work.
 */

import type { Readable } from 'node:stream';
import type { ResumableOptions } from './resumable-options.ts';
import type { BatchOptions, WaitOptions } from './sink-source.ts';
import type { TupleSerializer } from './tuple-serializer.ts';

/**
 * Facts that go with a call or a stream beside its values. Names are those of HTTP/2: letters,
 * digits, `_`, `.` and `-`, in lower case where they arrive.
 */
export type Metadata = Readonly<Record<string, string | Uint8Array>>;

/** Metadata to send: a record, a Map, `Headers`, or any other iterable of names and values. */
export type MetadataEntries = Metadata | Iterable<readonly [string, string | Uint8Array]>;

/**
 * A stream that the other side has put into a value: an argument, a result, a field of either, or
 * an item of another stream.
 *
 * Nothing is opened, and the producer is not asked for anything, before the first item is wanted.
 * From then on, read the stream to its end, cancel it or dispose of it. Each of these runs the
 * producer's `finally`. A stream that is never read occupies a number. The number is given back
 * when the stream is canceled, disposed of or collected, and when the session ends.
 *
 * It can be read once, in one way: `for await`, `borrowed`, `read`, `readBatch` and
 * `readInto`, or an adapter.
 *
 * @typeParam T - the item.
 */
export interface RemoteStream<T> extends AsyncIterable<T>, AsyncDisposable {
  /** Tells it from plain values and from other streams. */
  readonly '~stream': 'remote';

  /**
   * Settles when the stream has ended: resolves once its end was read, otherwise rejects with the
   * cause. Never an unhandled rejection.
   */
  readonly ended: Promise<void>;

  /** The number of items that were read so far. It stays when the stream is over. */
  readonly receivedItems: number;

  /**
   * Bytes on the wire that have come for the stream so far, with headers and compressed, also those of
   * items that were not read yet. The number stays when the stream is over.
   */
  readonly receivedBytes: number;

  /**
   * How the items are acknowledged. `'auto'`: when the next one is asked for. `'manual'`: by
   * `acknowledge`. It can be set until an item is acknowledged. A stream that can't be resumed acknowledges
   * nothing, whatever this says. @default 'auto'
   *
   * @throws MisuseError if an item is acknowledged already, OptionError for another value.
   */
  ack: 'auto' | 'manual';

  /**
   * Whether the producer asks the reader to set `ack` to `'manual'`. Known once the first item, or the
   * end, has arrived; false before.
   */
  readonly wantsManualAck: boolean;

  /**
   * Says that the reader is done with its items up to here: the producer of a resumable stream may
   * send further ones. A lower number than before changes nothing.
   *
   * @param upTo - how many items from the stream's start. @default `receivedItems`
   * @throws MisuseError unless `ack` is `'manual'`; OptionError above `receivedItems`.
   */
  acknowledge(upTo?: number): void;

  /**
   * How many items the reader is done with. In a stream that can't be resumed those that it has said
   * so of, or with `ack: 'auto'` all that were read.
   */
  readonly acknowledgedItems: number;

  /** The index of the next item, from 0: as many as were read. */
  readonly nextIndex: number;

  /** The index of the last item that is acknowledged; -1 while none is. */
  readonly lastAckIndex: number;

  /**
   * How many items the producer of a real-time stream has left out before the last one that was read;
   * 0 for any other stream. It stays when the stream is over.
   */
  readonly skipCount: number;

  /**
   * The producer's metadata from before its first item; empty if there is none. Resolves when the
   * first item or the end has arrived. Rejects with the cause if the stream fails before that.
   * Never an unhandled rejection.
   */
  readonly headers: Promise<Metadata>;

  /**
   * The producer's metadata from behind its last item; empty if there is none. Resolves when the
   * stream has ended cleanly, otherwise rejects with the cause. Never an unhandled rejection.
   */
  readonly trailers: Promise<Metadata>;

  /**
   * The next item, in the form of an iterator's result, since an item may be undefined. After the
   * end every further read says `done`.
   *
   * @throws the producer's error, after the items before it; StreamClosedError with the cause when
   * the connection is lost and after `cancel`; for a resumable stream StreamNotFoundError when the
   * session is lost; CanceledError when `signal` fires; TimeoutError. A read that stops waiting loses
   * no item: the next read gets it.
   */
  read(options?: WaitOptions): Promise<IteratorResult<T, undefined>>;

  /**
   * All items that have arrived, or at most `max`, but at least one; undefined at the end. The array
   * is the caller's. @throws as `read`, and OptionError for a wrong `max`.
   */
  readBatch(options?: BatchOptions): Promise<T[] | undefined>;

  /**
   * Reads one item into the given memory, and resolves with its length in bytes, or with undefined at
   * the end. Each item must be a Uint8Array. After a read that fails, times out or is canceled, nothing
   * is written to the buffer.
   *
   * @throws MessageTooLargeError if the item is larger than the buffer, MisuseError if it is something
   * else than bytes: the next read gets the item. Otherwise as `read`.
   */
  readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | undefined>;

  /**
   * Iterates once over borrowed items: the bytes in an item are valid until the next step of the loop,
   * and their memory is used again then. Leaving the loop early cancels.
   */
  borrowed(): AsyncIterableIterator<T>;

  /**
   * Wants no more items: the producer's `finally` runs, and a factory's signal fires with the
   * reason. Before the first read, only the producer's side is told. Never throws or rejects.
   */
  cancel(reason?: unknown): void;

  /**
   * A Node Readable over this stream, of bytes or in object mode, in which an item of null or undefined
   * fails it. Destroying it cancels the stream.
   */
  toReadable(form?: { readonly bytes?: boolean | undefined }): Readable;

  /**
   * A WHATWG ReadableStream over this stream. Canceling it cancels this stream. One of bytes fills the
   * memory of a BYOB reader.
   */
  toReadableStream(form?: { readonly type?: 'bytes' | undefined }): ReadableStream<T>;

  /**
   * Iterates once; a second iteration throws. Leaving the loop early cancels, and fails a `next` that
   * waits meanwhile: it does not say that all items have come.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/**
 * A stream to be put into a value, made by `stream(…)`. The other side gets it as a
 * {@link RemoteStream}.
 *
 * It can be iterated on this side too, as often as its source can. It may be sent more than once if
 * its source can be iterated more than once. Each time is a stream of its own. The second time that a
 * source is used which gives its items once, its reader gets a MisuseError.
 *
 * @typeParam T - the item.
 */
export interface LocalStream<T> extends AsyncIterable<T> {
  /** Tells it from plain values and from other streams. */
  readonly '~stream': 'local';

  /**
   * Settles when the stream was sent to its end: resolves when the kernel has taken the end, or, of a
   * resumable stream, when the consumer has acknowledged the last item. Otherwise rejects with the
   * source's error, the consumer's cancel, or the lost connection or session. Never
   * an unhandled rejection. If the stream is sent more than once, it reports the first time.
   */
  readonly whenSent: Promise<void>;

  /** How many items were sent so far. */
  readonly sentItems: number;

  /** The index of the next item, from 0: as many as were sent, over all times that it was. */
  readonly nextIndex: number;

  /**
   * How many items the consumer is done with, as it has told; 0 for a stream that is neither resumable
   * nor a real-time one. If the stream is sent more than once, this and the next three tell of the
   * first time.
   */
  readonly acknowledgedItems: number;

  /** The index of the last item that is acknowledged; -1 while none is. */
  readonly lastAckIndex: number;

  /**
   * How many items of a real-time stream were left out so far; 0 for any other stream. Items that were
   * sent and lost with a connection count here and in `sentItems`.
   */
  readonly skipCount: number;

  /**
   * The shortest time from sending an item to its acknowledgement within the last 20 s, in
   * milliseconds; -1 while there is none. It includes the consumer's work.
   */
  readonly minRttMs: number;

  /**
   * How many items were sent again, because their connection was lost before the consumer had taken
   * them; 0 for a stream that can't be resumed. The consumer gets each of them once. If the stream is
   * sent more than once, this tells of the first time.
   */
  readonly resentItems: number;
}

/**
 * The source that `stream(…)` takes. A string is none: for a stream of its letters, use an array. A factory is called when the consumer wants its first item.
 * The factory's signal fires when the consumer wants no more, or is lost, so that the factory's
 * code can stop waiting.
 */
export type StreamSource<T> =
  | AsyncIterable<T>
  | (Iterable<T> & object)
  | ReadableStream<T>
  | ((signal: AbortSignal) => AsyncIterable<T> | (Iterable<T> & object));

/** Options of `stream(…)`. */
export interface StreamOptions<T> {
  /**
   * The serializer of the items, each as the one member of a tuple. The consumer learns it from the
   * value that holds the stream. @default the connection's serializer
   */
  readonly serializer?: TupleSerializer<[T]> | undefined;
  /**
   * The most items that are sent together when the source has them ready, from 1 to 1,024. A batch
   * never waits for its next item. @default all that are ready in one turn of the loop
   *
   * Source: ActualLab's `RpcStream.BatchSize`.
   */
  readonly batchSize?: number | undefined;
  /**
   * Milliseconds that one item may wait for room before the stream fails with a TimeoutError; 0 and
   * Infinity mean no limit. Default: no limit.
   */
  readonly sendTimeoutMs?: number | undefined;
  /**
   * Whether the stream goes on at the exact item when its connection is lost: what is sent is kept
   * until the consumer has taken it. With `true`, a consumer that does not speak version 3 of our
   * extension gets an UnsupportedError; with `'if-possible'`, a plain stream. Payloads from 16 KiB on
   * belong to the stream until the consumer has taken them. @default false
   *
   * Source: ActualLab's `RpcStream.AllowReconnect`.
   */
  readonly resumable?: boolean | 'if-possible' | ResumableOptions | undefined;
  /**
   * Whether the consumer compares a checksum of all items when a resumable stream goes on, and at its
   * end; if they differ, it gets a ChecksumError. @default 'none'
   */
  readonly checksum?: 'none' | 'crc32' | undefined;
  /**
   * Whether items may be left out, so that a slow reader gets new ones: each time it acknowledges, those
   * that wait to be sent shrink to the newest one that `canSkipTo` names, and those behind it. Before its
   * first acknowledgement all are sent; it acknowledges every 30 items, or 50 ms after it was done with
   * one. At most 61 items and 256 KiB are in flight, or one item that is larger. The size of an item is
   * not known before it is sent, so it counts as much as the last one. Beyond that up to 1,024 items are
   * taken from the source, or as many as would be 4 MiB by the average so far. They are kept as values
   * until they are sent, and must not be changed. Streams in items that are left out are released.
   *
   * With `resumable` the stream goes on when its connection is lost, at the next item of the source that
   * `canSkipTo` names; what was sent and not taken counts as left out. Without, it ends then.
   *
   * With `true`, a consumer that does not speak version 3 of our extension gets an UnsupportedError;
   * with `'if-possible'`, a plain stream. @default false
   *
   * Source: ActualLab's `RpcStream.IsRealTime`.
   */
  readonly realTime?: boolean | 'if-possible' | undefined;
  /**
   * Says whether a reader of a real-time stream may go on at this item without those before it. It is
   * called with items that wait to be sent, as interceptors have left them, at most once for each. It
   * must answer at once. If it throws, the stream fails. Default: every item.
   *
   * Source: ActualLab's `RpcStream.CanSkipTo`.
   */
  readonly canSkipTo?: ((item: T) => boolean) | undefined;
}
