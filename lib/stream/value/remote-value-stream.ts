import type { Readable } from 'node:stream';

import { DONE } from '../../base/iteration.ts';
import { judgedBy } from '../../base/public-function.ts';
import { judgeWait, waitFor } from '../../base/waiting.ts';
import type { Clock } from '../../base/clock.ts';
import type { Surroundings } from '../../base/surroundings.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Metadata, RemoteStream } from '../../types/value-stream.ts';
import type { BatchOptions, WaitOptions } from '../../types/sink-source.ts';
import { readableOf, readableStreamOf } from '../user/byte-adapters.ts';
import { batchBounds } from '../half/batch-options.ts';
import type { Leaks } from '../half/leaks.ts';
import { checkBuffer, type Memory } from '../half/message-memory.ts';
import type { AckMode } from '../resume/acknowledging.ts';
import type { Consumed } from './consumed.ts';
import type { StreamBounds } from './stream-bounds.ts';
import type { MetadataKind } from './stream-documents.ts';
import { ItemIterator } from './item-iterator.ts';
import { decodeMetadata } from '../../document/metadata-document.ts';

const THE_READ = { what: 'the read', scope: 'stream' } as const;

type Half = NonNullable<Consumed['half']>;

/**
 * A {@link RemoteStream}. It holds no state of the stream, so that it is noticed when it is
 * dropped.
 */
export class RemoteValueStream<T> implements RemoteStream<T> {
  readonly '~stream' = 'remote';
  readonly #consumed: Consumed;
  readonly #clock: Clock;
  #use: 'none' | 'iterated' | 'read' = 'none';

  constructor(consumed: Consumed, clock: Clock, leaks: Leaks) {
    this.#consumed = consumed;
    this.#clock = clock;
    leaks.watch(this, consumed);
  }

  /** @internal Limits its time. To be called before it is read. */
  bound(bounds: StreamBounds): void {
    this.#consumed.bounds = bounds;
  }

  /** @internal It came in an item of this stream. To be called before it is read. */
  comeWithin(outer: Consumed): void {
    this.#consumed.bounds = outer.bounds;
    this.#consumed.inputOf = outer.inputOf;
    this.#consumed.setCall(outer.call);
  }

  /** @internal Ends it with an error of this side: readers get it, and the producer is told to stop. */
  cancelWith(error: Error): void {
    this.#consumed.cancelWith(error);
  }

  get '~surroundings'(): Surroundings {
    return this.#consumed.surroundings;
  }

  get ended(): Promise<void> {
    return this.#consumed.ended;
  }

  get receivedItems(): number {
    return this.#consumed.half?.receivedMessages ?? 0;
  }

  get receivedBytes(): number {
    return this.#consumed.half?.figures().bytes ?? 0;
  }

  get ack(): AckMode {
    return this.#consumed.acks.mode;
  }

  set ack(mode: AckMode) {
    this.#consumed.acks.setMode(mode);
  }

  get wantsManualAck(): boolean {
    return this.#consumed.acks.isManualWished;
  }

  get acknowledgedItems(): number {
    return this.#consumed.acks.acknowledgedItems(this.receivedItems);
  }

  get nextIndex(): number {
    return this.receivedItems;
  }

  get lastAckIndex(): number {
    return this.acknowledgedItems - 1;
  }

  get skipCount(): number {
    return this.#consumed.half?.child.content.skippedItems ?? 0;
  }

  acknowledge(upTo: number = this.receivedItems): void {
    const { acks } = this.#consumed;
    judgedBy('acknowledge', () => acks.acknowledge(upTo, this.receivedItems));
  }

  get headers(): Promise<Metadata> {
    return this.#metadata('headers');
  }

  get trailers(): Promise<Metadata> {
    return this.#metadata('trailers');
  }

  async read(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    const message = await this.#read(options, 'own');
    return message === undefined ? DONE : { done: false, value: message[0] as T };
  }

  async readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | undefined> {
    checkBuffer(buffer);
    // A read into a buffer gives the length.
    return (await this.#read(options, buffer))?.[0] as number | undefined;
  }

  async readBatch(options?: BatchOptions): Promise<T[] | undefined> {
    this.#useAs('read');
    const half = await this.#open(batchBounds(options).wait);
    if (hasEnded(half)) return undefined;
    let batch: unknown[] | undefined;
    try {
      batch = await half.readBatch(this, options);
    } catch (error) {
      if (hasEnded(half)) return undefined;
      throw error;
    }
    if (batch === undefined) return undefined;
    // Each message is replaced by its one member.
    for (let i = 0; i < batch.length; i++) batch[i] = (batch[i] as [unknown])[0];
    return batch as T[];
  }

  cancel(reason?: unknown): void {
    this.#consumed.cancel(reason);
  }

  toReadable(form?: Parameters<RemoteStream<T>['toReadable']>[0]): Readable {
    return readableOf(this, form);
  }

  toReadableStream(form?: Parameters<RemoteStream<T>['toReadableStream']>[0]): ReadableStream<T> {
    return readableStreamOf<T>(this, form);
  }

  borrowed(): AsyncIterableIterator<T> {
    return this.#iterate('borrowed');
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#iterate('own');
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.cancel(new Error('the stream was disposed of'));
    return Promise.resolve();
  }

  #iterate(memory: Memory): AsyncIterableIterator<T> {
    if (this.#use !== 'none') {
      throw new MisuseError('a stream from the other side can be iterated once', 'stream');
    }
    this.#use = 'iterated';
    return new ItemIterator<T>(this, this.#consumed, memory);
  }

  /** The next message; undefined at the end, and behind it. */
  async #read(options: WaitOptions | undefined, memory: Memory): Promise<[unknown] | undefined> {
    this.#useAs('read');
    const half = await this.#open(options);
    if (hasEnded(half)) return undefined;
    if (memory !== 'own') half.borrow();
    try {
      return await half.read(this, options, memory);
    } catch (error) {
      // Another read may have come to the end before.
      if (hasEnded(half)) return undefined;
      throw error;
    }
  }

  #useAs(use: 'read'): void {
    if (this.#use === 'iterated') {
      throw new MisuseError('the stream is being iterated', 'stream');
    }
    this.#use = use;
  }

  async #open(options: WaitOptions | undefined): Promise<Half> {
    const over = options === undefined ? undefined : judgeWait(options, THE_READ);
    if (over !== undefined) throw over;
    const { half } = this.#consumed;
    return half ?? (await waitFor(this.#consumed.open(), this.#clock, options, THE_READ));
  }

  #metadata(kind: MetadataKind): Promise<Metadata> {
    const metadata = this.#consumed.document(kind).then(decodeMetadata);
    metadata.catch(() => {});
    return metadata;
  }
}

/** Whether its end was read. */
function hasEnded(half: Half): boolean {
  const isEnded = half.isOver && half.child.sourceState.phase === 'ended';
  if (isEnded) half.step();
  return isEnded;
}
