import type { Writable } from 'node:stream';
import { numberWithin } from '../../base/option-kinds.ts';
import { checkArgument } from '../../base/public-function.ts';
import type { Surroundings } from '../../base/surroundings.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Sink, WaitOptions } from '../../types/sink-source.ts';
import type { TupleSerializer } from '../../types/tuple-serializer.ts';
import { sinkToWritable } from './node-adapters.ts';
import type { ChildConnection } from '../child/child-connection.ts';
import { messageTooLarge } from '../half/sink-ends.ts';
import { SinkHalf } from '../half/sink-half.ts';
import type { SendingHalf } from './sending-half.ts';
import { sinkToWritableStream } from './web-adapters.ts';

const SIZE = numberWithin({ min: 0 });

/** Whether it is the sink of a verb's stream. Never throws. */
export function isStreamSink(value: unknown): boolean {
  try {
    return value instanceof StreamSink;
  } catch {
    // A proxy that lets nobody look into it.
    return false;
  }
}

/**
 * A {@link Sink} over a child connection. It holds no state, so that it is noticed when it is
 * dropped.
 */
export class StreamSink<T extends unknown[]> implements Sink<T> {
  readonly '~stream': 'sink' = 'sink';
  /** The state behind the sink, for handles in values. */
  readonly 'half': SendingHalf;

  constructor(half: SendingHalf) {
    this.half = half;
    half.child.parent.leaks.watch(this, half);
  }

  /** Opens the sending half of a child. Without a serializer it has the connection's. */
  static over<U extends unknown[]>(
    child: ChildConnection,
    serializer: TupleSerializer<U> | undefined,
  ): StreamSink<U> {
    // TupleSerializer is the public view of Serializer; there is no other implementation.
    const own = serializer as Serializer<U> | undefined;
    const half = new SinkHalf(child, own ?? child.parent.environment.serializer);
    half.isSerializerOpen = own === undefined;
    return new StreamSink<U>(half);
  }

  get '~surroundings'(): Surroundings {
    return this.half.child.parent.environment;
  }

  get id(): bigint {
    return this.half.child.id;
  }

  get bufferedBytes(): number {
    return this.half.bufferedBytes;
  }

  get sentMessages(): number {
    return this.half.sentMessages;
  }

  get sentBytes(): number {
    return this.half.figures().bytes;
  }

  get acknowledgedMessages(): number {
    return this.half.progress?.acknowledgedItems ?? 0;
  }

  get resentMessages(): number {
    return this.half.progress?.resentItems ?? 0;
  }

  get minRttMs(): number {
    return this.half.progress?.minRttMs ?? -1;
  }

  get ended(): Promise<void> {
    return this.half.ended;
  }

  send(...message: T): Promise<void> | undefined {
    return this.half.send(message);
  }

  take(size: number): Uint8Array {
    checkArgument('take', 'size', size, SIZE);
    const { maxStreamMessageBytes: limit } = this.half.child.parent.environment.limits;
    if (size <= limit) return this.half.take(size);
    throw messageTooLarge(size, limit);
  }

  flush(options?: WaitOptions): Promise<void> {
    return this.half.flush(options);
  }

  close(): Promise<void> {
    return this.half.close();
  }

  closeAndConfirm(options?: WaitOptions): Promise<void> {
    return this.half.closeAndConfirm(options);
  }

  abort(reason?: unknown): void {
    this.half.abort(reason ?? new Error('the sink was aborted'));
  }

  toWritable(): Writable {
    return sinkToWritable(this, () => this.half.serializer.arity);
  }

  toWritableStream(): WritableStream<T[0]> {
    return sinkToWritableStream(this, () => this.half.serializer.arity);
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (this.half.isOpen) this.abort(new Error('the sink was disposed of before it was closed'));
    return Promise.resolve();
  }
}
