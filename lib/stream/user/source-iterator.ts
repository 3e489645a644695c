import { DONE, doneWith, type IterationPhase, LATER_DONE } from '../../base/iteration.ts';
import { inheritAsyncIterator } from '../../base/iterator-prototype.ts';
import { WaitingSteps } from '../../base/waiting-steps.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { SourceHalf } from '../half/source-half.ts';

/**
 * Written by hand: an async generator would make more promises for each message. Bench:
 * `stream.down.64B.each`. Holds the source's facade, so that a stream does not count as dropped
 * while it is iterated.
 */
export class SourceIterator<T extends unknown[]> implements AsyncIterableIterator<T> {
  static {
    inheritAsyncIterator(this);
  }

  readonly #half: SourceHalf<T>;
  readonly #facade: object;
  readonly #waiting = new WaitingSteps();
  #phase: IterationPhase = 'open';

  constructor(facade: object, half: SourceHalf<T>) {
    this.#facade = facade;
    this.#half = half;
  }

  next(): Promise<IteratorResult<T>> {
    if (this.#phase !== 'open') return LATER_DONE;
    let message: T | typeof EOS | undefined;
    try {
      message = this.#half.tryReadNow();
    } catch (error) {
      this.#phase = 'over';
      return Promise.reject(error);
    }
    if (message === undefined) return this.#waiting.begin(this.#wait());
    if (message !== EOS) return this.#half.pass({ done: false, value: message });
    this.#phase = 'over';
    return LATER_DONE;
  }

  /**
   * Steps that wait fail: they must not take that for the end.
   *
   * @param reason - for the producer; loops give none. It is the value of the result.
   */
  return(reason?: unknown): Promise<IteratorResult<T>> {
    if (this.#phase === 'open') this.#phase = 'left';
    this.#waiting.leave();
    this.#half.cancel(reason ?? new Error('the loop over the source was left'));
    return doneWith(reason);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #wait(): Promise<IteratorResult<T>> {
    try {
      const message = await this.#half.read(this.#facade);
      if (message !== undefined) return { done: false, value: message };
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
