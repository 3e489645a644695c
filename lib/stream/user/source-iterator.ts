import { DONE, doneWith, type IterationPhase, LATER_DONE } from '../../base/iteration.ts';
import type { LendingItems } from '../../base/lending-items.ts';
import { inheritAsyncIterator } from '../../base/iterator-prototype.ts';
import { WaitingSteps } from '../../base/waiting-steps.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { SingleOf } from '../../types/single-of.ts';
import type { Memory } from '../half/message-memory.ts';
import type { SourceHalf } from '../half/source-half.ts';
import { fromTuple } from './single-values.ts';

/**
 * Written by hand: an async generator would make more promises for each message. Bench:
 * `stream.down.64B.each`. Holds the source's facade, so that a stream does not count as dropped
 * while it is iterated.
 */
export class SourceIterator<T extends unknown[], Item = T>
  implements AsyncIterableIterator<Item>, LendingItems
{
  static {
    inheritAsyncIterator(this);
  }

  readonly #half: SourceHalf<T>;
  readonly #facade: object;
  /** Of the messages. Those of the iterator itself are the reader's own. */
  #memory: Memory;
  readonly #waiting = new WaitingSteps();
  #phase: IterationPhase = 'open';

  constructor(facade: object, half: SourceHalf<T>, memory: Memory = 'own') {
    this.#facade = facade;
    this.#half = half;
    this.#memory = memory;
  }

  '~borrow'(): void {
    this.#half.borrow();
    this.#memory = 'borrowed';
  }

  next(): Promise<IteratorResult<Item>> {
    if (this.#phase !== 'open') return LATER_DONE;
    let message: T | typeof EOS | undefined;
    try {
      message = this.#half.tryReadNow(this.#memory);
    } catch (error) {
      this.#phase = 'over';
      return Promise.reject(error);
    }
    if (message === undefined) return this.#waiting.begin(this.#wait());
    if (message !== EOS) return this.#half.pass(this.resultOf(message));
    this.#phase = 'over';
    return LATER_DONE;
  }

  /**
   * Steps that wait fail: they must not take that for the end.
   *
   * @param reason - for the producer; loops give none. It is the value of the result.
   */
  return(reason?: unknown): Promise<IteratorResult<Item>> {
    if (this.#phase === 'open') this.#phase = 'left';
    this.#waiting.leave();
    this.#half.giveBack();
    this.#half.cancel(reason ?? new Error('the loop over the source was left'));
    return doneWith(reason);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  protected resultOf(message: T): IteratorResult<Item> {
    return { done: false, value: message as unknown as Item }; // They are the same here.
  }

  async #wait(): Promise<IteratorResult<Item>> {
    try {
      const message = await this.#half.read(this.#facade, undefined, this.#memory);
      if (message !== undefined) return this.resultOf(message);
    } catch (error) {
      // If several calls wait, only the first one gets the error; for the others the iteration is
      // over.
      if (this.#phase === 'over') return DONE;
      if (this.#phase === 'open') this.#phase = 'over';
      throw error;
    } finally {
      this.#waiting.end();
    }
    this.#phase = 'over';
    return DONE;
  }
}

/** Gives a one-member tuple as its member. */
export class SingleIterator<T extends unknown[]> extends SourceIterator<T, SingleOf<T>> {
  constructor(facade: object, half: SourceHalf<T>, memory: Memory) {
    if (memory !== 'own') half.borrow();
    super(facade, half, memory);
  }

  protected override resultOf(message: T): IteratorResult<SingleOf<T>> {
    return { done: false, value: fromTuple(message) as SingleOf<T> };
  }
}
