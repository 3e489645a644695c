import { ANY_AMOUNT } from '../../base/bounds.ts';
import { isRpcError } from '../../errors/rpc-error.ts';
import { captureContext, nestContexts } from '../../base/async-context.ts';
import { Deferred } from '../../base/deferred.ts';
import { FUNCTION, numberWithin } from '../../base/option-kinds.ts';
import { promiseOf } from '../../base/promise-of.ts';
import { judgedBy, optionsOf } from '../../base/public-function.ts';
import type { OptionTable } from '../../base/read-options.ts';
import type { LocalStream, StreamOptions, StreamSource } from '../../types/value-stream.ts';
import { type Serializer, SERIALIZER } from '../../serializer/serializer.ts';
import {
  checkSource,
  isEnd,
  noSource,
  releaseSource,
  holdError,
  producerOf,
} from './item-producer.ts';
import { claimItems, isClaimed } from './one-shot.ts';
import type { ProducedHooks } from './produced-hooks.ts';
import type { ProducerProgress } from '../resume/producer-progress.ts';
import { REAL_TIME, realTimeTerms } from './real-time-option.ts';
import { CHECKSUM, RESUMABLE, resumableTerms } from '../resume/resumable-option.ts';

const STREAM_OPTIONS: OptionTable<StreamOptions<unknown>> = Object.freeze({
  serializer: SERIALIZER,
  batchSize: numberWithin({ min: 1, max: 1_024 }),
  sendTimeoutMs: numberWithin(ANY_AMOUNT),
  resumable: RESUMABLE,
  checksum: CHECKSUM,
  realTime: REAL_TIME,
  canSkipTo: FUNCTION,
});

/**
 * A stream to be put into a value: an argument, a result, a field of either, or an item of another
 * stream. Any async iterable can be put there as it is. This function adds sync iterables,
 * factories that learn when to stop, and options.
 *
 * @param source - gives the items. It is not touched before the consumer asks for the first item. A
 *   factory is called then, with a signal that fires when the consumer wants no more. Its code runs
 *   in the async context in which `stream` was called.
 * @throws OptionError for options that can't work; MisuseError for a source that can't be iterated,
 *   and for a string.
 */
export function stream<T>(source: StreamSource<T>, options: StreamOptions<T> = {}): LocalStream<T> {
  judgeSource(source);
  const own = optionsOf<StreamOptions<T>>('stream', options, STREAM_OPTIONS);
  const { serializer, batchSize, sendTimeoutMs } = own;
  const run = captureContext();
  const resumable = judgedBy('stream', () => resumableTerms(own.resumable, own.checksum));
  const realTime = judgedBy('stream', () => realTimeTerms(own));
  const hooks = { batchSize, sendTimeoutMs, run, resumable, realTime };
  return new LocalValueStream(source, { serializer }, hooks);
}

/** As `checkSource`; a source that can't be read is none either. */
function judgeSource(source: unknown): void {
  try {
    checkSource(source);
  } catch (error) {
    throw isRpcError(error) ? error : noSource(source);
  }
}

/**
 * An iterable, with the additions of a layer above. If it is a stream of the user's, `whenSent` of
 * that stream still settles.
 */
export function withHooks(source: object, hooks: ProducedHooks): LocalValueStream<unknown> {
  if (source instanceof LocalValueStream) {
    const { source: items, hooks: own } = source as LocalValueStream<unknown>;
    const onSend = oneAfterOther(own.onSend, hooks.onSend);
    const run = nestContexts(own.run, hooks.run);
    return new LocalValueStream(items, source, { ...own, ...hooks, onSend, run }, source);
  }
  return new LocalValueStream(source as StreamSource<unknown>, {}, hooks);
}

/** A stream that fails at its first item, with the description of another stream. The other one goes on. */
export function failedInPlaceOf(stream: object, error: unknown): LocalValueStream<unknown> {
  const failing = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }),
  };
  const isPrepared = stream instanceof LocalValueStream;
  const { hooks } = isPrepared ? (stream as LocalValueStream<unknown>) : {};
  return new LocalValueStream<unknown>(failing, isPrepared ? stream : {}, hooks);
}

function oneAfterOther(
  first: ProducedHooks['onSend'],
  second: ProducedHooks['onSend'],
): ProducedHooks['onSend'] {
  if (first === undefined || second === undefined) return first ?? second;
  return (item) => {
    const given = first(item);
    return promiseOf(given)?.then(second) ?? second(given);
  };
}

/** The result of `stream`, with the additions of the layers above. */
export class LocalValueStream<T> implements LocalStream<T> {
  readonly '~stream' = 'local';
  /** @internal Gives the items. */
  readonly source: StreamSource<T>;
  /** @internal The serializer of the items; undefined: the connection's. */
  readonly serializer: Serializer | undefined;
  /** @internal The additions of the layers above. */
  readonly hooks: ProducedHooks;
  /** @internal Settles `whenSent`. */
  readonly sent: Deferred;
  /** The user's own stream, if this is a copy of it with hooks. */
  readonly #origin: LocalValueStream<T> | undefined;
  #sentItems = 0;
  #progress: ProducerProgress | undefined;
  #skipCount = 0;

  constructor(
    source: StreamSource<T>,
    options: StreamOptions<T>,
    hooks: ProducedHooks = {},
    origin?: LocalValueStream<T>,
  ) {
    if (origin === undefined) holdError(source);
    this.source = source;
    this.#origin = origin;
    this.sent = origin?.sent ?? new Deferred();
    // TupleSerializer is the public view of Serializer; there is no other implementation.
    this.serializer = options.serializer as Serializer | undefined;
    this.hooks = hooks;
  }

  get whenSent(): Promise<void> {
    return this.sent.promise;
  }

  get sentItems(): number {
    return this.#sentItems;
  }

  get nextIndex(): number {
    return this.#sentItems;
  }

  get acknowledgedItems(): number {
    return this.#progress?.acknowledgedItems ?? 0;
  }

  get lastAckIndex(): number {
    return this.acknowledgedItems - 1;
  }

  get skipCount(): number {
    return this.#skipCount;
  }

  get minRttMs(): number {
    return this.#progress?.minRttMs ?? -1;
  }

  get resentItems(): number {
    return this.#progress?.resentItems ?? 0;
  }

  /** @internal It is over: with a cause, unless it was sent to its end. */
  settle(cause: Error | undefined): void {
    if (cause === undefined) this.sent.resolve();
    else this.sent.reject(cause);
  }

  /** @internal The value with the stream is not sent. A source that is used elsewhere goes on there. */
  release(cause: Error): void {
    if (isClaimed(this.source)) return;
    releaseSource(this.source);
    this.sent.reject(cause);
  }

  /** @internal Its progress, from the first time that it is sent as a resumable stream. */
  track(progress: ProducerProgress): void {
    this.#progress ??= progress;
    this.#origin?.track(progress);
  }

  /** @internal */
  countItem(): void {
    this.#sentItems++;
    this.#origin?.countItem();
  }

  /** @internal */
  countSkipped(items: number): void {
    this.#skipCount += items;
    this.#origin?.countSkipped(items);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    claimItems(this.source);
    const producer = producerOf(this.source);
    let isLeft = false;
    try {
      for (;;) {
        const step = await producer.next();
        if (isEnd(step)) return;
        isLeft = true;
        yield step.value as T;
        isLeft = false;
      }
    } finally {
      if (isLeft) producer.cancel(new Error('the loop over the stream was left'));
    }
  }
}
