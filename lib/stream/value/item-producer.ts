import type { Clock } from '../../base/clock.ts';
import { ContextualAbort } from '../../base/contextual-abort.ts';
import { promiseOf } from '../../base/promise-of.ts';
import { isClass, shownValue } from '../../base/shown-value.ts';
import { isInstance, textOf } from '../../errors/foreign.ts';
import { MisuseError } from '../../errors/errors.ts';
import { claimItems } from './one-shot.ts';
import {
  isCancelable,
  isFromElsewhere,
  isIterator,
  isReadable,
  isReadableStream,
} from './source-kind.ts';

/** Gives the items of a stream. */
export interface ItemProducer {
  /** The next item, or the end. May throw. */
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>>;
  /** For items that have a use for it. Set before the first one is asked for. */
  memory?: ItemMemory | undefined;
  /** Nobody wants more items: runs the `finally` of the source. Never throws. */
  cancel(reason: unknown): void;
}

type Items = AsyncIterable<unknown> | Iterable<unknown>;

/** Makes the items of one enumeration. The signal fires when nobody wants more. */
export type ItemFactory = (signal: AbortSignal) => Items;

/** The memory of a stream. */
export interface ItemMemory {
  /** Gives some for an item, which is used again once it was sent; undefined if there is none. */
  take?(bytes: number): Uint8Array;
}

/** Items with a time limit for making each of them. */
export interface TimedItems extends AsyncIterable<unknown> {
  /**
   * Iterates over the items, by the clock of the client or server that sends them.
   *
   * @param memory - of the stream. Undefined if others than the stream may see the items.
   */
  '~itemsBy'(clock: Clock, memory?: ItemMemory): AsyncIterator<unknown>;
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
  checkSource(source);
  if (typeof source === 'function') return new FactoryProducer(source as ItemFactory, clock);
  if (isReadableStream(source)) return new ReaderProducer(source);
  return new IteratorProducer(source as Items, clock);
}

/**
 * Refuses a source that gives no items. A string could be iterated, but is hardly meant as a stream
 * of its letters.
 *
 * @throws MisuseError
 */
export function checkSource(source: unknown): void {
  if (!givesItems(source)) throw noSource(source);
}

/** The error for a source that gives no items. */
export function noSource(source: unknown): MisuseError {
  const shown = typeof source === 'string' ? 'a string' : shownValue(source);
  return new MisuseError(
    `a stream needs an iterable, a ReadableStream or a function that gives one, not ${shown}`,
    'stream',
  );
}

function givesItems(source: unknown): boolean {
  if (typeof source === 'function') return !isClass(source);
  if (typeof source !== 'object' || source === null || isInstance(source, String)) return false;
  return isReadableStream(source) || isIterable(source);
}

/**
 * Whether a step of an iterator is its end, told as the language tells it.
 *
 * @throws TypeError for a step that is no object.
 */
export function isEnd(step: unknown): step is IteratorReturnResult<unknown> {
  if (isObject(step)) return Boolean((step as { readonly done?: unknown }).done);
  throw new TypeError(`Iterator result ${textOf(step)} is not an object`);
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
  if (typeof source !== 'function') letGo(() => release(source));
}

function release(source: object): unknown {
  if (isReadableStream(source)) return source.cancel();
  if (isReadable(source)) return source.destroy();
  if (isCancelable(source)) return source.cancel(new Error('the stream was never read'));
  return isIterator(source) ? source.return?.() : undefined;
}

class IteratorProducer implements ItemProducer {
  memory: ItemMemory | undefined;
  readonly #source: Items;
  readonly #clock: Clock | undefined;
  #iterator: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  /** Its method, which the language reads once. */
  #next: ((this: unknown) => unknown) | undefined;

  constructor(source: Items, clock: Clock | undefined) {
    this.#source = source;
    this.#clock = clock;
  }

  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    if (this.#iterator === undefined) {
      this.#iterator = iterate(this.#source, this.#clock, this.memory);
      this.#next = this.#iterator.next as (this: unknown) => unknown;
    }
    // `isEnd` judges what it gives.
    return this.#next!.call(this.#iterator) as IteratorResult<unknown>;
  }

  cancel(reason: unknown): void {
    letGo(() => this.#cancel(reason));
  }

  #cancel(reason: unknown): unknown {
    if (isReadable(this.#source)) return this.#source.destroy();
    // A stream that comes from another peer passes the reason on.
    if (isFromElsewhere(this.#source)) return this.#source.cancel(reason);
    return this.#iterator === undefined ? release(this.#source) : this.#iterator.return?.();
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
    letGo(() => (this.#reader ?? this.#stream).cancel(reason));
  }
}

class FactoryProducer implements ItemProducer {
  readonly #factory: ItemFactory;
  readonly #clock: Clock | undefined;
  #abort: ContextualAbort | undefined;
  #producer: ItemProducer | undefined;
  /** The last step that was asked for. */
  #step: IteratorResult<unknown> | Promise<IteratorResult<unknown>> | undefined;

  constructor(factory: ItemFactory, clock: Clock | undefined) {
    this.#factory = factory;
    this.#clock = clock;
  }

  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    this.#producer ??= this.#make();
    return (this.#step = this.#producer.next());
  }

  cancel(reason: unknown): void {
    const producer = this.#producer;
    if (producer === undefined) return;
    this.#abort?.abort(reason);
    let isEnded = false;
    const end = (): void => {
      if (isEnded) return;
      isEnded = true;
      grace?.cancel();
      producer.cancel(reason);
    };
    const grace = this.#clock?.setTimeout(end, GRACE_MS);
    // Between two steps no code runs that could end by itself.
    const step = promiseOf<unknown>(this.#step) ?? Promise.resolve();
    step.then(end, end);
  }

  /** The signal is made with the items, and so in the context of the stream. */
  #make(): ItemProducer {
    this.#abort = new ContextualAbort();
    const items = this.#factory(this.#abort.signal);
    const producer = producerOf(items, this.#clock);
    claimItems(items);
    return producer;
  }
}

function iterate(
  source: Items,
  clock: Clock | undefined,
  memory: ItemMemory | undefined,
): Iterator<unknown> | AsyncIterator<unknown> {
  if (clock !== undefined && isTimed(source)) return source['~itemsBy'](clock, memory);
  const { [Symbol.asyncIterator]: asyncItems } = source as Partial<AsyncIterable<unknown>>;
  const iterator: unknown =
    asyncItems === undefined || asyncItems === null
      ? (source as Iterable<unknown>)[Symbol.iterator]()
      : asyncItems.call(source as AsyncIterable<unknown>);
  if (isObject(iterator)) return iterator as Iterator<unknown>;
  throw new TypeError(`Iterator ${textOf(iterator)} is not an object`);
}

/** Ends a source; errors that come of it do no harm any more. */
function letGo(end: () => unknown): void {
  try {
    Promise.resolve(end()).catch(() => {});
  } catch {
    // As above.
  }
}

function isIterable(source: object): source is Items {
  const { [Symbol.asyncIterator]: asyncItems, [Symbol.iterator]: items } = source as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  return typeof (asyncItems ?? items) === 'function';
}

/** As the language has it: functions are objects too. */
function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isTimed(source: object): source is TimedItems {
  return '~itemsBy' in source;
}
