import { Alarm } from '../../base/alarm.ts';
import type { Clock } from '../../base/clock.ts';
import { waitFor } from '../../base/waiting.ts';
import { TimeoutError } from '../../errors/errors.ts';
import { releaseArguments } from './release-streams.ts';
import type { ItemProducer } from './item-producer.ts';
import type { ItemSink } from './item-sink.ts';
import type { ProducedHooks } from './produced-hooks.ts';

/** What a pump moves, from where to where. */
export interface PumpOptions {
  readonly producer: ItemProducer;
  readonly sink: ItemSink;
  readonly hooks: ProducedHooks;
  readonly batchSize: number | undefined;
  readonly clock: Clock;
  /** An item was refused: a promise for when it may be tried again, or undefined if it can't be sent. */
  roomForItem(refusal: unknown): Promise<void> | undefined;
  /** An item was sent. */
  onItem(): void;
  /**
   * It is over: with a cause, unless all was sent. The sink was ended before.
   *
   * @param isOwn - whether the producer has thrown that.
   */
  onEnd(cause: Error | undefined, isOwn: boolean): void;
}

/** Moves a producer's items into a sink, one at a time and as fast as the sink takes them. */
export class Pump {
  readonly #options: PumpOptions;
  readonly #timeout: Alarm;
  #isOver = false;
  #hasBegun = false;
  #inBatch = 0;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#timeout = new Alarm(options.clock);
  }

  /** Begins. */
  start(): void {
    const { hooks } = this.#options;
    const limitMs = hooks.streamTimeoutMs;
    if (limitMs !== undefined && limitMs > 0 && limitMs !== Infinity) {
      this.#timeout.set(limitMs, () =>
        this.abort(new TimeoutError('the stream', limitMs, 'stream')),
      );
    }
    if (hooks.run === undefined) void this.#run();
    else hooks.run(() => void this.#run());
  }

  /** The consumer wants no more, or is gone; the sink has ended. */
  cancel(cause: Error): void {
    if (this.#isOver) return;
    this.#end(cause);
    this.#options.producer.cancel(cause);
  }

  /** Fails the stream from this side: the consumer gets the error behind what was sent. */
  abort(error: unknown): void {
    if (this.#isOver) return;
    this.#options.sink.abort(error);
    this.cancel(asError(error));
  }

  /** One function for all items: each await costs a third of a callback with a promise of its own (`service.item`). */
  async #run(): Promise<void> {
    const { producer } = this.#options;
    let isAsked = false;
    try {
      while (!this.#isOver) {
        isAsked = true;
        const next = producer.next();
        const step = isPromise(next) ? await next : next;
        isAsked = false;
        if (this.#isOver) {
          if (step.done !== true) this.#release(step.value);
          return;
        }
        if (step.done === true) {
          this.#finish();
          return;
        }
        const room = this.#send(step.value);
        if (room !== undefined) await room;
      }
    } catch (error) {
      this.#onError(error, isAsked);
    }
  }

  /** Undefined when the next item may be asked for at once. */
  #send(value: unknown): Promise<void> | undefined {
    const { onSend, sendTimeoutMs } = this.#options.hooks;
    if (onSend !== undefined || sendTimeoutMs !== undefined) return this.#sendHooked(value);
    return this.#sendNow(value);
  }

  async #sendHooked(value: unknown): Promise<void> {
    const { hooks, clock } = this.#options;
    const item = hooks.onSend === undefined ? value : await this.#toSend(hooks.onSend, value);
    const room = this.#sendNow(item);
    const about = { what: 'sending an item', scope: 'stream' } as const;
    if (room !== undefined) await waitFor(room, clock, { timeoutMs: hooks.sendTimeoutMs }, about);
  }

  /** What the hook makes of an item. */
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
      room = this.#options.sink.send([item]);
    } catch (error) {
      const waiting = this.#options.roomForItem(error);
      if (waiting === undefined) throw error;
      return waiting.then(() => this.#sendNow(item));
    }
    this.#options.onItem();
    if (this.#options.batchSize !== undefined) this.#countInBatch(this.#options.batchSize);
    return room;
  }

  /** An item that nobody gets: neither will the streams in it. */
  #release(item: unknown): void {
    releaseArguments(this.#options.sink.serializer, [item]);
  }

  #countInBatch(batchSize: number): void {
    if (++this.#inBatch < batchSize) return;
    this.#inBatch = 0;
    this.#options.sink.endBatch();
  }

  /**
   * The producer has failed, which is not to be told to stop then; or the serializer, the sink, or
   * what is around them.
   */
  #onError(error: unknown, isProducers: boolean): void {
    if (this.#isOver) return;
    try {
      if (!this.#hasBegun) this.#begin();
    } catch {
      // The first error is the one to tell of.
    }
    if (!isProducers) {
      this.abort(error);
      return;
    }
    this.#options.sink.abort(error);
    this.#end(asError(error), true);
  }

  /** Headers go out ahead of whatever comes first. */
  #begin(): void {
    this.#hasBegun = true;
    const headers = this.#options.hooks.headers?.();
    if (headers !== undefined) this.#options.sink.writeMetadata('headers', headers);
  }

  #finish(): void {
    if (!this.#hasBegun) this.#begin();
    const { sink, hooks } = this.#options;
    const trailers = hooks.trailers?.();
    if (trailers !== undefined) sink.writeMetadata('trailers', trailers);
    const closed = sink.close();
    this.#isOver = true;
    this.#timeout.clear();
    closed.then(
      () => this.#options.onEnd(undefined, false),
      (error: unknown) => this.#options.onEnd(asError(error), false),
    );
  }

  #end(cause: Error, isOwn = false): void {
    this.#isOver = true;
    this.#timeout.clear();
    this.#options.onEnd(cause, isOwn);
  }
}

function isPromise<T extends object>(value: T | Promise<T>): value is Promise<T> {
  return (value as { readonly then?: unknown }).then !== undefined;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}
