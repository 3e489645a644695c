/** The two ends of a stream, for verbs and serializers: they need not know how a stream works. */

import type { Readable, Writable } from 'node:stream';
import type { ResumableOptions } from './resumable-options.ts';
import type { SingleOf } from './single-of.ts';
import type { TupleSerializer } from './tuple-serializer.ts';

/** Bounds for an operation that waits. */
export interface WaitOptions {
  /** Stops waiting when it fires. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Stops waiting after this many milliseconds. Default: 0, no limit. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Bounds for a read of several messages or items: the wait for the first one, and the most that it
 * gives, a number from 1. What it leaves stays for the next read. Default of `max`: Infinity, all that
 * have arrived. Borrowed ones are valid until the next step of the reader; default: false.
 */
export type BatchOptions = WaitOptions & {
  readonly max?: number | undefined;
  readonly borrowed?: boolean | undefined;
};

/**
 * The sending end of one direction of a stream. Messages arrive at the peer's source in the order
 * of the `send` calls, each exactly once, or the stream fails.
 *
 * The receiver of a sink owns it, and must end it with `close`, `closeAndConfirm` or `abort`. A
 * sink that is collected before that is aborted, logged and counted.
 *
 * @typeParam T - the tuple that one `send` takes; the peer's source yields the same.
 */
export interface Sink<T extends unknown[] = unknown[]> extends AsyncDisposable {
  /** Tells a sink from plain values and from a source. */
  readonly '~stream': 'sink';

  /** The id of the stream's child connection, as it is on the wire. */
  readonly id: bigint;

  /** Bytes accepted by `send` that the kernel has not taken yet, headers included. */
  readonly bufferedBytes: number;

  /** The number of messages that `send` has accepted. It stays when the sink has ended. */
  readonly sentMessages: number;

  /**
   * Bytes on the wire of these messages and of the end of stream, with headers and compressed; the
   * kernel may not have taken all of them yet. The number stays when the sink has ended.
   */
  readonly sentBytes: number;

  /**
   * How many messages the reader of a resumable stream is done with, as it has told; 0 for a plain
   * stream.
   */
  readonly acknowledgedMessages: number;

  /**
   * How many messages of a resumable stream were sent again, because their connection was lost before
   * the reader had taken them; 0 for a plain stream. The reader gets each of them once.
   */
  readonly resentMessages: number;

  /**
   * The shortest time from sending a message of a resumable stream to its acknowledgement within the
   * last 20 s, in milliseconds; -1 while there is none. It includes the reader's work.
   */
  readonly minRttMs: number;

  /**
   * Settles when this half has ended: resolves after `close` once the kernel has taken the end of
   * stream, otherwise rejects with the cause. Never an unhandled rejection.
   */
  readonly ended: Promise<void>;

  /**
   * Queues one message. Returns undefined when there is room for more, or a promise to await before
   * the next `send`. `await sink.send(…)` serves both. The message is queued either way.
   *
   * Byte payloads of 16 KiB and more are not copied: leave them unchanged until `flush` resolves.
   *
   * Source: Seastar's `rpc::sink::operator()`, which waits for its budget before a message and not
   * after it.
   *
   * @throws StreamClosedError after `close`, `abort` or a failure of the stream.
   * @throws SerializationError if the message does not fit the stream's serializer; nothing is
   * sent.
   * @throws MessageTooLargeError above `maxStreamMessageBytes`; nothing is sent.
   * @throws NotAwaitedError when `maxWaitingSends` sends, or twice the budget in bytes, are
   * waiting.
   */
  send(...message: T): Promise<void> | undefined;

  /**
   * Memory of exactly `size` bytes with unknown content, to be filled and sent as a member of a message,
   * whole or in part. It is yours until `send` accepts it; do not touch it from then on. A later `take`
   * gives it again once the kernel has the message, or in a resumable stream once the reader has taken
   * it. Memory that is not sent here is not used again. With `poisonBorrowed` free memory is overwritten.
   *
   * @throws MisuseError unless `size` is a whole number from 0 on. So does `send` of memory that was sent.
   * @throws MessageTooLargeError above `maxStreamMessageBytes`.
   * @throws StreamClosedError after `close`, `abort` or a failure of the stream.
   */
  take(size: number): Uint8Array;

  /**
   * Resolves when the kernel has taken all sent messages. It does not wait for the peer. Rejects with
   * StreamClosedError when the stream fails first.
   */
  flush(options?: WaitOptions): Promise<void>;

  /**
   * Ends this half cleanly: sends end of stream and resolves when the kernel has taken it. A second
   * `close` has the outcome of the first. Rejects with StreamClosedError when the stream fails first.
   * Never throws synchronously. A rejection without a handler does not count as unhandled, since
   * `ended` reports the failure as well.
   */
  close(): Promise<void>;

  /**
   * As `close`, but resolves only when the peer's reader has taken the end of stream. Closing the
   * client next then loses nothing. A peer of our kind confirms at once, on the main connection.
   *
   * A Seastar confirms by ending the stream's connection once both directions are finished. A process
   * that dies ends it too, so that counts once the call that names the stream was answered without an
   * error, or was not answered by a live server for 10 s. Of a verb without reply nothing more is
   * known: the end of the connection confirms.
   *
   * @throws StreamClosedError when the stream fails before the kernel has taken the end.
   * @throws ClosedError when it can't be known any more whether the reader has taken the end.
   */
  closeAndConfirm(options?: WaitOptions): Promise<void>;

  /**
   * Ends the stream as failed: the reader gets the messages that were sent before, and then an
   * error, never a clean end. Sends that wait for room reject. A `close` that still waits for the
   * kernel rejects as well, and bytes that the kernel has not taken are dropped. After that `abort`
   * does nothing.
   */
  abort(reason?: unknown): void;

  /** A Node Writable in object mode over this sink; a one-member tuple is written as its member. */
  toWritable(): Writable;

  /** A WHATWG WritableStream over this sink; a one-member tuple is written as its member. */
  toWritableStream(): WritableStream<T[0]>;
}

/**
 * The receiving end of one direction of a stream. It reads ahead no further than the stream's
 * budget. Messages are decoded only when they are read.
 *
 * The receiver of a source owns it, and reads it to its end, cancels it or disposes of it.
 *
 * @typeParam T - the tuple that one `read` yields.
 */
export interface Source<T extends unknown[] = unknown[]> extends AsyncIterable<T>, AsyncDisposable {
  /** Tells a source from plain values and from a sink. */
  readonly '~stream': 'source';

  /** The id of the stream's child connection, as it is on the wire. */
  readonly id: bigint;

  /** Bytes received and not yet read. */
  readonly bufferedBytes: number;

  /** The number of messages that were read. It stays when the source has ended. */
  readonly receivedMessages: number;

  /**
   * Bytes on the wire that have come so far, with headers and compressed, also those of messages that
   * were not read yet. The number stays when the source has ended.
   */
  readonly receivedBytes: number;

  /**
   * How messages are acknowledged. `'auto'`: when the next one is asked for. `'manual'`: by
   * `acknowledge`. It can be set until a message is acknowledged. A plain stream acknowledges nothing,
   * whatever this says. @default 'auto'
   *
   * @throws MisuseError if a message is acknowledged already, OptionError for another value.
   */
  ack: 'auto' | 'manual';

  /**
   * Whether the producer asks the reader to set `ack` to `'manual'`. Known once the first message, or
   * the end, has been looked at; false before.
   */
  readonly wantsManualAck: boolean;

  /**
   * How many messages the reader is done with. In a plain stream those that it has said so of, or with
   * `ack: 'auto'` all that were read.
   */
  readonly acknowledgedMessages: number;

  /**
   * Says that the reader is done with its messages up to here: the producer of a resumable stream may
   * send further ones. A lower number than before changes nothing.
   *
   * @param upTo - how many messages from the stream's start. @default `receivedMessages`
   * @throws MisuseError unless `ack` is `'manual'`; OptionError above `receivedMessages`.
   */
  acknowledge(upTo?: number): void;

  /**
   * Settles when this half has ended: resolves once the end of stream was read, otherwise rejects
   * with the cause.
   */
  readonly ended: Promise<void>;

  /**
   * The next message, or undefined at the end of stream. The end is delivered once: a read after it
   * rejects with StreamClosedError. Byte values may be views of the receive buffer. They stay valid
   * and unchanged for as long as they are held, and keep up to 64 KiB each in memory.
   */
  read(options?: WaitOptions): Promise<T | undefined>;

  /**
   * All messages that have arrived, or at most `max`, but at least one; undefined at the end of stream.
   * The array is the caller's.
   */
  readBatch(options?: BatchOptions): Promise<T[] | undefined>;

  /**
   * Reads one message, which must be of one Uint8Array, into the given memory. Resolves with its length
   * in bytes, or with undefined at the end of stream. A read that fails, times out or is canceled writes
   * nothing.
   *
   * @throws MessageTooLargeError if the message is larger than the buffer, MisuseError if it is
   *   something else than bytes. The next read gets it then.
   */
  readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | undefined>;

  /**
   * Iterates once, as `for await` does, over borrowed messages: their bytes are valid until the next
   * step of the loop. Copy what you keep, and await `flush` of a sink to which you pass them on. A
   * one-member tuple is given as its member. Leaving the loop early cancels.
   */
  borrowed(): AsyncIterableIterator<SingleOf<T>>;

  /**
   * Refuses further messages and tells the producer by ending the stream. Never throws or rejects.
   */
  cancel(reason?: unknown): void;

  /**
   * The sink of the other direction of the same child connection.
   *
   * @param options - the serializer of that direction; default as in `makeStreamSink`.
   * @throws StreamClosedError when the stream has ended; MisuseError at a second call, or if only
   * the peer can open that direction.
   */
  makeSink<U extends unknown[]>(options?: SinkOptions<U>): Sink<U>;

  /** Stops reading from the socket until `resume`. Messages that have arrived can still be read. */
  pause(): void;

  /** Reads from the socket again. */
  resume(): void;

  /**
   * A Node Readable over this source, of bytes or in object mode, in which a one-member tuple is read
   * as its member, and a null fails it.
   */
  toReadable(form?: { readonly bytes?: boolean | undefined }): Readable;

  /** A WHATWG ReadableStream of the same. One of bytes fills the memory of a BYOB reader. */
  toReadableStream(form?: { readonly type?: 'bytes' | undefined }): ReadableStream<T[0]>;

  /** Iterates once; a second iteration throws. Leaving the loop early cancels. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T>;
}

/** Options of `makeSink` and `makeStreamSink`. */
export interface SinkOptions<T extends unknown[]> {
  /**
   * The serializer of the messages. The reader must use the same. Default: the serializer that the
   * verb declares for the stream, once the sink is passed, if nothing was sent before; otherwise the
   * connection's.
   */
  readonly serializer?: TupleSerializer<T> | undefined;
  /**
   * Whether the stream goes on at the exact message when its connection is lost, in both directions: what
   * is sent is kept until the reader has taken it. In `makeStreamSink`, with `true`, a server that does not
   * speak version 3 of our extension, or does not know such streams, is answered by an UnsupportedError;
   * with `'if-possible'` the stream is a plain one then. In `makeSink`, the window of the second direction
   * of a stream that is resumable anyway. Payloads from 16 KiB on belong to the stream until the reader
   * has taken them. @default false
   */
  readonly resumable?: boolean | 'if-possible' | ResumableOptions | undefined;
  /**
   * Whether the reader of this direction compares a checksum of all messages when a resumable stream goes
   * on, and at its end; if they differ, it gets a ChecksumError. @default 'none'
   */
  readonly checksum?: 'none' | 'crc32' | undefined;
}
