import { DONE, doneWith, type IterationPhase, LATER_DONE } from '../../base/iteration.ts';
import { inheritAsyncIterator } from '../../base/iterator-prototype.ts';
import { WaitingSteps } from '../../base/waiting-steps.ts';
import { StreamClosedError } from '../../errors/errors.ts';

/** Returns the replacement of an item, or a promise of it. A throw or rejection ends the stream. */
export type MapItem = (item: unknown) => unknown;

/**
 * Iterates over items that are replaced as they are read. Written by hand: a generator's `return`
 * would wait for a `next` that waits for its item.
 */
export class MappedIterator<T> implements AsyncIterableIterator<T, undefined> {
  static {
    inheritAsyncIterator(this);
  }

  readonly #items: AsyncIterator<unknown>;
  readonly #map: MapItem;
  readonly #waiting = new WaitingSteps();
  #phase: IterationPhase = 'open';

  constructor(items: AsyncIterator<unknown>, map: MapItem) {
    this.#items = items;
    this.#map = map;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#phase !== 'open') return LATER_DONE;
    return this.#waiting.begin(this.#next());
  }

  /** @param reason - for the producer; loops give none. It is the value of the result. */
  async return(reason?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#leave();
    await this.#items.return?.(reason);
    return doneWith(reason);
  }

  async throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#leave();
    await this.#items.throw?.(error);
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #leave(): void {
    if (this.#phase === 'open') this.#phase = 'left';
    this.#waiting.leave();
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    try {
      const step = await this.#items.next();
      if (step.done === true) return DONE;
      return await this.#step(step.value);
    } finally {
      this.#waiting.end();
    }
  }

  /** Of several steps that wait, the first one gets an error of the function; the others are over. */
  async #step(item: unknown): Promise<IteratorResult<T, undefined>> {
    let value: unknown;
    try {
      value = await this.#map(item);
    } catch (error) {
      if (this.#now === 'over') return DONE;
      if (this.#now === 'open') this.#phase = 'over';
      throw error;
    }
    // The function may have taken its time.
    if (this.#now === 'left') {
      throw new StreamClosedError('the loop over the stream was left', 'local');
    }
    return { done: false, value: value as T };
  }

  get #now(): IterationPhase {
    return this.#phase;
  }
}
