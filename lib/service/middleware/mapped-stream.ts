import type { Readable } from 'node:stream';

import { promiseOf } from '../../base/promise-of.ts';
import { type Surroundings, surroundingsOf } from '../../base/surroundings.ts';
import { readableOf, readableStreamOf } from '../../stream/user/byte-adapters.ts';
import type { Metadata, RemoteStream } from '../../types/value-stream.ts';
import type { BatchOptions, WaitOptions } from '../../types/sink-source.ts';
import { checkBuffer, writeInto } from '../../stream/half/message-memory.ts';
import { type MapItem, MappedIterator } from './mapped-iterator.ts';

/**
 * A stream from the other side, with a function that looks at its items, or replaces them, as they
 * are read. If the function fails, the reader gets the error behind the items before it. The
 * producer is canceled with the error as the reason, so that its `finally` runs.
 */
export class MappedStream<T> implements RemoteStream<T> {
  readonly '~stream' = 'remote';
  readonly ended: Promise<void>;
  readonly #stream: RemoteStream<unknown>;
  readonly #map: MapItem;
  #failure: { readonly error: unknown } | undefined;
  /** An item that did not fit: it is the next one again. */
  #kept: IteratorYieldResult<T> | undefined;
  /** Settles with the last item that is being mapped; undefined if there is none. */
  #pending: Promise<void> | undefined;

  /** Takes over `stream`. No other code may read from it. */
  constructor(stream: RemoteStream<unknown>, map: MapItem) {
    this.#stream = stream;
    this.#map = map;
    this.ended = stream.ended.catch((error: unknown) => {
      throw this.#failure === undefined ? error : this.#failure.error;
    });
    this.ended.catch(() => {});
  }

  get '~surroundings'(): Surroundings {
    return surroundingsOf(this.#stream);
  }

  get receivedItems(): number {
    return this.#stream.receivedItems - (this.#kept === undefined ? 0 : 1);
  }

  get receivedBytes(): number {
    return this.#stream.receivedBytes;
  }

  get ack(): 'auto' | 'manual' {
    return this.#stream.ack;
  }

  set ack(mode: 'auto' | 'manual') {
    this.#stream.ack = mode;
  }

  get wantsManualAck(): boolean {
    return this.#stream.wantsManualAck;
  }

  get acknowledgedItems(): number {
    return this.#stream.acknowledgedItems;
  }

  get nextIndex(): number {
    return this.#stream.nextIndex;
  }

  get lastAckIndex(): number {
    return this.#stream.lastAckIndex;
  }

  get skipCount(): number {
    return this.#stream.skipCount;
  }

  acknowledge(upTo?: number): void {
    this.#stream.acknowledge(upTo);
  }

  get headers(): Promise<Metadata> {
    return this.#stream.headers;
  }

  get trailers(): Promise<Metadata> {
    return this.#stream.trailers;
  }

  async read(options?: WaitOptions): Promise<IteratorResult<T, undefined>> {
    const kept = this.#takeKept();
    if (kept !== undefined) return kept;
    this.#assertSound();
    const step = await this.#stream.read(options);
    if (step.done === true) return step;
    return { done: false, value: (await this.#mapped(step.value)) as T };
  }

  async readBatch(options?: BatchOptions): Promise<T[] | undefined> {
    const kept = this.#takeKept();
    if (kept !== undefined) return [kept.value];
    this.#assertSound();
    const batch = await this.#stream.readBatch(options);
    if (batch === undefined) return undefined;
    const mapped: T[] = [];
    for (const item of batch) {
      try {
        mapped.push((await this.#mapped(item)) as T);
      } catch (error) {
        if (mapped.length === 0) throw error;
        // The next read rejects with the error.
        break;
      }
    }
    return mapped;
  }

  async readInto(buffer: Uint8Array, options?: WaitOptions): Promise<number | undefined> {
    checkBuffer(buffer);
    const step = await this.read(options);
    if (step.done === true) return undefined;
    try {
      return writeInto(buffer, [step.value]);
    } catch (error) {
      this.#kept = step;
      throw error;
    }
  }

  borrowed(): AsyncIterableIterator<T> {
    return this.#iterate(this.#stream.borrowed());
  }

  cancel(reason?: unknown): void {
    this.#stream.cancel(reason);
  }

  toReadable(form?: Parameters<RemoteStream<T>['toReadable']>[0]): Readable {
    return readableOf(this, form);
  }

  toReadableStream(form?: Parameters<RemoteStream<T>['toReadableStream']>[0]): ReadableStream<T> {
    return readableStreamOf<T>(this, form);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.#iterate(this.#stream[Symbol.asyncIterator]());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stream[Symbol.asyncDispose]();
  }

  #iterate(items: AsyncIterator<unknown>): AsyncIterableIterator<T> {
    return new MappedIterator<T>(items, (item) => this.#mapped(item));
  }

  #takeKept(): IteratorYieldResult<T> | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  /**
   * May throw, or return a promise. An item waits for those before it, and is not delivered behind one
   * that was refused: several may be under way when several steps were asked for at once.
   */
  #mapped(item: unknown): unknown {
    const before = this.#pending;
    const mapped =
      before === undefined ? this.#mapNow(item) : before.then(() => this.#mapNow(item));
    const later = promiseOf(mapped);
    if (later === undefined) return mapped;
    const settled = (): void => {
      if (this.#pending === pending) this.#pending = undefined;
    };
    const pending: Promise<void> = later.then(settled, settled);
    this.#pending = pending;
    return later;
  }

  #mapNow(item: unknown): unknown {
    this.#assertSound();
    try {
      const mapped = this.#map(item);
      return promiseOf(mapped)?.catch((error: unknown) => this.#abort(error)) ?? mapped;
    } catch (error) {
      return this.#abort(error);
    }
  }

  #abort(error: unknown): never {
    this.#failure ??= { error };
    this.#stream.cancel(error);
    throw error;
  }

  #assertSound(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
