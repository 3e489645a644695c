import { inheritAsyncIterator } from '../../base/iterator-prototype.ts';
import type { Surroundings } from '../../base/surroundings.ts';
import { MisuseError } from '../../errors/errors.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';
import type { RemoteMethod } from './remote-method.ts';

const DONE: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined });

const NOTHING: AsyncIterator<unknown> = { next: () => Promise.resolve(DONE) };

/**
 * Iterates over the stream that a call will return. Once the stream is there, every step is a step
 * of the stream.
 */
export class CallIterator implements AsyncIterableIterator<unknown> {
  static {
    inheritAsyncIterator(this);
  }

  readonly #call: Promise<unknown>;
  readonly #method: RemoteMethod;
  readonly #onDemand: () => void;
  #items: AsyncIterator<unknown> | undefined;
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

  next(): Promise<IteratorResult<unknown>> {
    if (this.#items !== undefined) return this.#items.next();
    this.#onDemand();
    return this.#whenOpen().then((items) => {
      // Set only now, so that a step that is asked for meanwhile can't get ahead of this one.
      this.#items ??= items;
      return this.#items.next();
    });
  }

  async return(value?: unknown): Promise<IteratorResult<unknown>> {
    const items = await this.#leave();
    return (await items?.return?.(value)) ?? { done: true, value };
  }

  /** As `return`, with a reason for the producer. */
  async throw(error?: unknown): Promise<IteratorResult<unknown>> {
    const items = await this.#leave();
    await items?.throw?.(error);
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * The stream's own iterator, to be left. Undefined if there is nothing to leave, and nobody left
   * to tell.
   */
  async #leave(): Promise<AsyncIterator<unknown> | undefined> {
    try {
      const items = this.#items ?? (await this.#whenOpen());
      this.#items = NOTHING;
      return items;
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
      return result[Symbol.asyncIterator]();
    } catch (error) {
      // Waiting steps are told, and later ones find that the iteration is over.
      this.#items = NOTHING;
      throw error;
    }
  }
}
