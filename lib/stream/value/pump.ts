import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { promiseOf } from '../../base/promise-of.ts';
import { waitFor } from '../../base/waiting.ts';
import { TimeoutError } from '../../errors/errors.ts';
import { toError } from '../../errors/foreign.ts';
import { releaseArguments } from './release-streams.ts';
import { isEnd, type ItemProducer } from './item-producer.ts';
import type { ItemSink } from './item-sink.ts';
import type { ProducedHooks } from './produced-hooks.ts';

/** The stream for which a pump moves items. */
export interface PumpedStream {
  readonly clock: Clock;
  /**
   * An item was refused. Returns a promise for the time when it may be tried again, or undefined if
   * it can't be sent.
   */
  roomForItem(refusal: unknown): Promise<void> | undefined;
  /** An item was sent. */
  onItem(): void;
  /**
   * The pump is over, and the sink has ended before; with a cause, unless all items were sent.
   *
   * @param isOwn - whether the producer has thrown the cause.
   */
  onEnd(cause: Error | undefined, isOwn: boolean): void;
}

/** The same stream, for a sink that says itself when an item is sent. */
export function withoutItems(stream: PumpedStream): PumpedStream {
  return {
    clock: stream.clock,
    roomForItem: (refusal) => stream.roomForItem(refusal),
    onItem: () => {},
    onEnd: (cause, isOwn) => stream.onEnd(cause, isOwn),
  };
}

/** Moves a producer's items into a sink, one at a time, as fast as the sink takes them. */
export class Pump {
  readonly #producer: ItemProducer;
  readonly #sink: ItemSink;
  readonly #hooks: ProducedHooks;
  readonly #stream: PumpedStream;
  readonly #timeout: Alarm;
  /** Whether items go through a hook, or wait for a limited time only. */
  readonly #isHooked: boolean;
  #isOver = false;
  #hasBegun = false;
  #inBatch = 0;

  constructor(producer: ItemProducer, sink: ItemSink, hooks: ProducedHooks, stream: PumpedStream) {
    this.#producer = producer;
    this.#sink = sink;
    this.#hooks = hooks;
    this.#stream = stream;
    this.#timeout = new Alarm(stream.clock);
    this.#isHooked = hooks.onSend !== undefined || hooks.sendTimeoutMs !== undefined;
  }

  /** Begins to move items. */
  start(): void {
    const hooks = this.#hooks;
    const limitMs = hooks.streamTimeoutMs;
    if (limitMs !== undefined && limitMs > 0 && limitMs !== Infinity) {
      this.#timeout.set(limitMs, () =>
        this.abort(new TimeoutError('the stream', limitMs, 'stream')),
      );
    }
    // A hook may keep the items that it sees.
    if (hooks.onSend === undefined) this.#producer.memory = this.#sink;
    this.#inContext(() => void this.#run());
  }

  /** The consumer wants no more or is gone, or the sink has ended. */
  cancel(cause: Error): void {
    if (this.#isOver) return;
    this.#end(cause);
    this.#inContext(() => this.#producer.cancel(cause));
  }

  /**
   * Fails the stream from this side: the consumer gets the error after the items that were sent.
   */
  abort(error: unknown): void {
    if (this.#isOver) return;
    this.#sink.abort(error);
    this.cancel(toError(error));
  }

  /**
   * One function for all items: each await costs a third of a callback with a promise of its own
   * (`service.item`).
   */
  async #run(): Promise<void> {
    const producer = this.#producer;
    let isAsked = false;
    try {
      while (!this.#isOver) {
        isAsked = true;
        const next = producer.next();
        const pending = promiseOf(next);
        const step = pending === undefined ? (next as IteratorResult<unknown>) : await pending;
        const isDone = isEnd(step);
        const value: unknown = isDone ? undefined : step.value;
        isAsked = false;
        if (this.#isOver) {
          if (!isDone) this.#release(value);
          return;
        }
        if (isDone) {
          this.#finish();
          return;
        }
        const later = promiseOf(value);
        const room = this.#send(later === undefined ? value : await later);
        if (room !== undefined) await room;
      }
    } catch (error) {
      this.#onError(error, isAsked);
    }
  }

  /** Runs the producer's code, whatever event it is that calls it. */
  #inContext(work: () => void): void {
    if (this.#hooks.run === undefined) work();
    else this.#hooks.run(work);
  }

  /** Sends an item. Returns undefined when the next item may be asked for at once. */
  #send(value: unknown): Promise<void> | undefined {
    return this.#isHooked ? this.#sendHooked(value) : this.#sendNow(value);
  }

  async #sendHooked(value: unknown): Promise<void> {
    const { clock } = this.#stream;
    const hooks = this.#hooks;
    const item = hooks.onSend === undefined ? value : await this.#toSend(hooks.onSend, value);
    const room = this.#sendNow(item);
    const about = { what: 'sending an item', scope: 'stream' } as const;
    if (room !== undefined) await waitFor(room, clock, { timeoutMs: hooks.sendTimeoutMs }, about);
  }

  /** The hook's result for an item. */
  async #toSend(onSend: (item: unknown) => unknown, value: unknown): Promise<unknown> {
    try {
      return await onSend(value);
    } catch (error) {
      this.#release(value);
      throw error;
    }
  }

  #sendNow(item: unknown): Promise<void> | undefined {
    if (this.#isOver) {
      this.#release(item);
      return undefined;
    }
    if (!this.#hasBegun) this.#begin();
    let room: Promise<void> | undefined;
    try {
      room = this.#sink.send([item]);
    } catch (error) {
      const waiting = this.#stream.roomForItem(error);
      if (waiting === undefined) {
        this.#release(item);
        throw error;
      }
      return waiting.then(() => this.#sendNow(item));
    }
    this.#stream.onItem();
    if (this.#hooks.batchSize !== undefined) this.#countInBatch(this.#hooks.batchSize);
    return room;
  }

  /** Releases the streams in an item that is not sent. */
  #release(item: unknown): void {
    releaseArguments(this.#sink.serializer, [item]);
  }

  #countInBatch(batchSize: number): void {
    if (++this.#inBatch < batchSize) return;
    this.#inBatch = 0;
    this.#sink.endBatch();
  }

  /**
   * The stream has failed. If the producer has thrown, it is not told to stop. Otherwise the
   * serializer, the sink or a hook has failed.
   */
  #onError(error: unknown, isProducers: boolean): void {
    if (this.#isOver) return;
    try {
      if (!this.#hasBegun) this.#begin();
    } catch {
      // Only the first error is reported.
    }
    if (!isProducers) {
      this.abort(error);
      return;
    }
    this.#sink.abort(error);
    this.#end(toError(error), true);
  }

  /** Headers go out before the first item, the error or the end. */
  #begin(): void {
    this.#hasBegun = true;
    const headers = this.#hooks.headers?.();
    if (headers !== undefined) this.#sink.writeMetadata('headers', headers);
  }

  #finish(): void {
    if (!this.#hasBegun) this.#begin();
    const sink = this.#sink;
    const trailers = this.#hooks.trailers?.();
    if (trailers !== undefined) sink.writeMetadata('trailers', trailers);
    const closed = sink.close();
    this.#isOver = true;
    this.#timeout.clear();
    closed.then(
      () => this.#stream.onEnd(undefined, false),
      (error: unknown) => this.#stream.onEnd(toError(error), false),
    );
  }

  #end(cause: Error, isOwn = false): void {
    this.#isOver = true;
    this.#timeout.clear();
    this.#stream.onEnd(cause, isOwn);
  }
}
