import { doneWith, LATER_DONE, leaveWith } from '../../base/iteration.ts';
import { borrowItems, type LendingItems } from '../../base/lending-items.ts';
import { inheritAsyncIterator } from '../../base/iterator-prototype.ts';
import type { Surroundings } from '../../base/surroundings.ts';
import { WaitingSteps } from '../../base/waiting-steps.ts';
import { MisuseError } from '../../errors/errors.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';
import type { RemoteMethod } from './remote-method.ts';

const NOTHING: AsyncIterator<unknown> = { next: () => LATER_DONE };

/**
 * Iterates over the stream that a call will return. Once the stream is there, every step is a step
 * of the stream.
 */
export class CallIterator implements AsyncIterableIterator<unknown>, LendingItems {
  static {
    inheritAsyncIterator(this);
  }

  readonly #call: Promise<unknown>;
  readonly #method: RemoteMethod;
  readonly #onDemand: () => void;
  readonly #waiting = new WaitingSteps();
  #items: AsyncIterator<unknown> | undefined;
  #isBorrowing = false;
  #opening: Promise<AsyncIterator<unknown>> | undefined;

  /**
   * @param onDemand - the first item is wanted. Called once for each step until the stream is
   * there.
   */
  constructor(call: Promise<unknown>, method: RemoteMethod, onDemand: () => void) {
    this.#call = call;
    this.#method = method;
    this.#onDemand = onDemand;
    // `next` reports that the call has failed.
    call.catch(() => {});
  }

  get '~surroundings'(): Surroundings {
    return this.#method.surroundings;
  }

  '~borrow'(): void {
    this.#isBorrowing = true;
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#items !== undefined) return this.#items.next();
    this.#onDemand();
    return this.#waiting.begin(this.#first());
  }

  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    this.#waiting.leave();
    const items = this.#items ?? (await this.#whenLeft());
    this.#items = NOTHING;
    return items?.return?.(value) ?? doneWith(value);
  }

  /** As `return`, with a reason for the producer. */
  async throw(error?: unknown): Promise<IteratorResult<unknown>> {
    this.#waiting.leave();
    const items = this.#items ?? (await this.#whenLeft());
    this.#items = NOTHING;
    if (items !== undefined) await leaveWith(items, error);
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** A step that is asked for before the stream is there. */
  async #first(): Promise<IteratorResult<unknown>> {
    try {
      const items = await this.#whenOpen();
      // Set only now, so that a step that is asked for meanwhile can't get ahead of this one.
      this.#items ??= items;
      return await this.#items.next();
    } finally {
      this.#waiting.end();
    }
  }

  /**
   * The iterator of a stream that was not there yet, to be left. Undefined if there is nothing to
   * leave, and nobody left to tell.
   */
  async #whenLeft(): Promise<AsyncIterator<unknown> | undefined> {
    try {
      return await this.#whenOpen();
    } catch {
      return undefined;
    }
  }

  #whenOpen(): Promise<AsyncIterator<unknown>> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<AsyncIterator<unknown>> {
    try {
      const result = this.#method.learn(await this.#call);
      if (!isAsyncIterable(result)) {
        const { name } = this.#method;
        throw new MisuseError(`the result of ${name} is no stream: await the call instead`);
      }
      const items = result[Symbol.asyncIterator]();
      if (this.#isBorrowing) borrowItems(items);
      return items;
    } catch (error) {
      // Waiting steps are told, and later ones find that the iteration is over.
      this.#items = NOTHING;
      throw error;
    }
  }
}
