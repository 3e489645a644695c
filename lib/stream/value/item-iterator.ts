import { DONE, doneWith, type IterationPhase, LATER_DONE } from '../../base/iteration.ts';
import type { LendingItems } from '../../base/lending-items.ts';
import { inheritAsyncIterator } from '../../base/iterator-prototype.ts';
import { WaitingSteps } from '../../base/waiting-steps.ts';
import { TimeoutError } from '../../errors/errors.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import type { Memory } from '../half/message-memory.ts';
import type { SourceHalf } from '../half/source-half.ts';
import { EOS } from '../../wire/stream-frame.ts';
import type { Consumed } from './consumed.ts';

/**
 * Iterates over a value stream; the first `next` opens the stream. Written by hand, as the iterator
 * of a verb's source is. Holds the stream's facade, so that a stream does not count as dropped
 * while it is iterated.
 */
export class ItemIterator<T> implements AsyncIterableIterator<T, undefined>, LendingItems {
  static {
    inheritAsyncIterator(this);
  }

  readonly #facade: object;
  readonly #consumed: Consumed;
  #memory: Memory;
  readonly #waiting = new WaitingSteps();
  #half: SourceHalf<[unknown], SourceSegment> | undefined;
  #phase: IterationPhase = 'open';

  constructor(facade: object, consumed: Consumed, memory: Memory = 'own') {
    this.#facade = facade;
    this.#consumed = consumed;
    this.#memory = memory;
  }

  '~borrow'(): void {
    this.#memory = 'borrowed';
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#phase !== 'open') return LATER_DONE;
    const half = this.#half;
    if (half === undefined) return this.#waiting.begin(this.#open());
    let message: [unknown] | typeof EOS | undefined;
    try {
      message = half.tryReadNow(this.#memory);
    } catch (error) {
      this.#phase = 'over';
      return Promise.reject(error);
    }
    if (message === undefined) return this.#waiting.begin(this.#wait(half));
    if (message !== EOS) return half.pass({ done: false, value: message[0] as T });
    this.#phase = 'over';
    return LATER_DONE;
  }

  /**
   * Steps that wait fail.
   *
   * @param reason - for the producer. Adapters give it, loops give none. As the language has it, it is
   *   the value of the result.
   */
  return(reason?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#leave(reason ?? new Error('the loop over the stream was left'));
    return reason === undefined ? LATER_DONE : doneWith(reason);
  }

  /** As `return`, with a reason for the producer. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#leave(error);
    // Iterators throw the value that they are given.
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #leave(reason: unknown): void {
    if (this.#phase === 'open') this.#phase = 'left';
    this.#waiting.leave();
    this.#half?.giveBack();
    this.#consumed.cancel(reason);
  }

  async #open(): Promise<IteratorResult<T, undefined>> {
    try {
      return await this.#first();
    } finally {
      this.#waiting.end();
    }
  }

  async #first(): Promise<IteratorResult<T, undefined>> {
    try {
      this.#half = await this.#consumed.openInTime();
      if (this.#memory !== 'own') this.#half.borrow();
      // Left meanwhile, which has canceled the stream: the read fails.
      if (this.#phase === 'left') await this.#half.read(this.#facade);
    } catch (error) {
      return this.#refuseStep(error);
    }
    return this.next();
  }

  /** An iteration gives up a stream if the next item does not come in time. */
  async #read(half: SourceHalf<[unknown], SourceSegment>): Promise<[unknown] | undefined> {
    const timeoutMs = this.#consumed.bounds.receiveTimeoutMs;
    const bounds = timeoutMs === undefined ? undefined : { timeoutMs };
    if (bounds === undefined) return half.read(this.#facade, undefined, this.#memory);
    try {
      return await half.read(this.#facade, bounds, this.#memory);
    } catch (error) {
      if (error instanceof TimeoutError) this.#consumed.cancelWith(error);
      throw error;
    }
  }

  async #wait(half: SourceHalf<[unknown], SourceSegment>): Promise<IteratorResult<T, undefined>> {
    try {
      const message = await this.#read(half);
      if (message !== undefined) return { done: false, value: message[0] as T };
    } catch (error) {
      return this.#refuseStep(error);
    } finally {
      this.#waiting.end();
    }
    this.#phase = 'over';
    return DONE;
  }

  /**
   * If several steps wait, only the first one gets the error; for the others the iteration is over.
   * If the iteration was left, none of them may take that for the end.
   */
  #refuseStep(error: unknown): IteratorReturnResult<undefined> {
    if (this.#phase === 'over') return DONE;
    if (this.#phase === 'open') this.#phase = 'over';
    throw error;
  }
}
