import type { Clock } from '../../base/clock.ts';
import { STREAM_HANDLE } from '../../types/sink-source.ts';
import type { Readable } from 'node:stream';

/** Gives the items of a stream. */
export interface ItemProducer {
  /** The next item, or the end. May throw. */
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
  /** Nobody wants more items: runs the `finally` of the source. Never throws. */
  cancel(reason: unknown): void;
}

type Items = AsyncIterable<unknown> | Iterable<unknown>;

/** Makes the items of one enumeration. The signal fires when nobody wants more. */
export type ItemFactory = (signal: AbortSignal) => AsyncIterable<unknown> | Iterable<unknown>;

/** Items with a time limit for making each of them. */
export interface TimedItems extends AsyncIterable<unknown> {
  /** Iterates over the items, by the clock of the client or server that sends them. */
  '~itemsBy'(clock: Clock): AsyncIterator<unknown>;
}

/**
 * Milliseconds that a factory has to end its current step after it was told to stop. Source:
 * ActualLab's `RpcStream`.
 */
const GRACE_MS = 100;

/**
 * The items of any iterable. The source is not touched before the first `next`.
 *
 * @param clock - of the client or server that sends the items; undefined if they stay in this
 *   process.
 */
export function producerOf(source: object, clock?: Clock): ItemProducer {
  if (typeof source === 'function') return new FactoryProducer(source as ItemFactory, clock);
  if (isReadableStream(source)) return new ReaderProducer(source);
  return new IteratorProducer(source as Items, clock);
}

/**
 * Keeps an error of a Readable for its reader while it waits for one, for example if a file is
 * missing. An error event without a listener would end the process.
 */
export function holdError(source: unknown): void {
  const isObject = typeof source === 'object' && source !== null;
  if (isObject && isReadable(source)) source.on('error', () => {});
}

/** Releases a source that was never enumerated, so that it frees its resources. Never throws. */
export function releaseSource(source: object): void {
  if (typeof source === 'function') return;
  if (isReadableStream(source)) source.cancel().catch(() => {});
  else if (isReadable(source)) source.destroy();
  else if (isCancelable(source)) source.cancel(new Error('the stream was never read'));
  else if (isGenerator(source)) letGo(() => source.return(undefined));
}

class IteratorProducer implements ItemProducer {
  readonly #source: Items;
  readonly #clock: Clock | undefined;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;

  constructor(source: Items, clock: Clock | undefined) {
    this.#source = source;
    this.#clock = clock;
  }

  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    this.#iterator ??= iterate(this.#source, this.#clock);
    return this.#iterator.next();
  }

  cancel(reason: unknown): void {
    const iterator = this.#iterator;
    if (isReadable(this.#source)) this.#source.destroy();
    // A stream that comes from another peer passes the reason on.
    else if (isFromElsewhere(this.#source)) this.#source.cancel(reason);
    else if (iterator === undefined) releaseSource(this.#source);
    else letGo(() => iterator.return?.());
  }
}

/** The items of a WHATWG stream. Canceling its reader also ends a read that waits. */
class ReaderProducer implements ItemProducer {
  readonly #stream: ReadableStream<unknown>;
  #reader: ReadableStreamDefaultReader<unknown> | undefined;

  constructor(stream: ReadableStream<unknown>) {
    this.#stream = stream;
  }

  next(): Promise<IteratorResult<unknown>> {
    this.#reader ??= this.#stream.getReader();
    return this.#reader.read() as Promise<IteratorResult<unknown>>;
  }

  cancel(reason: unknown): void {
    (this.#reader ?? this.#stream).cancel(reason).catch(() => {});
  }
}

class FactoryProducer implements ItemProducer {
  readonly #factory: ItemFactory;
  readonly #clock: Clock | undefined;
  readonly #abort = new AbortController();
  #producer: ItemProducer | undefined;
  /** The last step that was asked for. */
  #step: IteratorResult<unknown> | Promise<IteratorResult<unknown>> | undefined;

  constructor(factory: ItemFactory, clock: Clock | undefined) {
    this.#factory = factory;
    this.#clock = clock;
  }

  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    this.#producer ??= producerOf(this.#factory(this.#abort.signal), this.#clock);
    return (this.#step = this.#producer.next());
  }

  cancel(reason: unknown): void {
    const producer = this.#producer;
    if (producer === undefined) return;
    this.#abort.abort(reason);
    let isEnded = false;
    const end = (): void => {
      if (isEnded) return;
      isEnded = true;
      grace?.cancel();
      producer.cancel(reason);
    };
    const grace = this.#clock?.setTimeout(end, GRACE_MS);
    // Between two steps no code runs that could end by itself.
    Promise.resolve(this.#step).then(end, end);
  }
}

function iterate(
  source: Items,
  clock: Clock | undefined,
): Iterator<unknown> | AsyncIterator<unknown> {
  if (clock !== undefined && isTimed(source)) return source['~itemsBy'](clock);
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}

/** Ends a source; errors that come of it do no harm any more. */
function letGo(end: () => unknown): void {
  try {
    Promise.resolve(end()).catch(() => {});
  } catch {
    // As above.
  }
}

function isTimed(source: object): source is TimedItems {
  return '~itemsBy' in source;
}

function isReadableStream(source: object): source is ReadableStream<unknown> {
  return 'getReader' in source && typeof source.getReader === 'function';
}

function isReadable(source: object): source is Readable {
  return 'destroy' in source && typeof source.destroy === 'function' && 'readable' in source;
}

function isFromElsewhere(source: object): source is { cancel(reason: unknown): void } {
  if (!isCancelable(source)) return false;
  const { '~stream': brand } = source as { readonly '~stream'?: unknown };
  return brand === 'remote' || brand === 'source';
}

function isCancelable(source: object): source is { cancel(reason: unknown): void } {
  return STREAM_HANDLE in source && 'cancel' in source && typeof source.cancel === 'function';
}

/** A generator is its own iterator. */
function isGenerator(source: object): source is AsyncGenerator | Generator {
  return 'next' in source && 'return' in source && 'throw' in source;
}
