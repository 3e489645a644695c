import { Deferred } from '../../../lib/base/deferred.ts';

interface FlowOptions {
  /** Waits before each item but the first. */
  readonly pause?: (() => Promise<void>) | undefined;
  /** Called with the error that its reader gets. */
  readonly onBreak?: ((error: unknown) => void) | undefined;
}

/** A stream of numbers from 0 on, as its producer and its reader see it. */
export class Flow {
  readonly items: number;
  readonly #pause: (() => Promise<void>) | undefined;
  readonly #onBreak: ((error: unknown) => void) | undefined;
  readonly got: number[] = [];
  readonly ends: unknown[] = [];
  readonly #reading = new Deferred();
  #begun = 0;
  #left = 0;

  constructor(items: number, { pause, onBreak }: FlowOptions = {}) {
    this.items = items;
    this.#pause = pause;
    this.#onBreak = onBreak;
  }

  /** The items. */
  async *produce(): AsyncGenerator<number, void, undefined> {
    this.#begun++;
    try {
      for (let item = 0; item < this.items; item++) {
        if (item > 0) await this.#pause?.();
        yield item;
      }
    } finally {
      this.#left++;
    }
  }

  /** Resolves when its reader begins. */
  get reading(): Promise<void> {
    return this.#reading.promise;
  }

  /** Reads to the end. Resolves with the number of items, or rejects as the stream breaks. */
  async consume(items: AsyncIterable<number>): Promise<number> {
    this.#reading.resolve();
    try {
      for await (const item of items) this.got.push(item);
    } catch (error) {
      this.ends.push(error);
      this.#onBreak?.(error);
      throw error;
    }
    this.ends.push('over');
    return this.got.length;
  }

  /** Reads so many items, and leaves. */
  async consumeSome(items: AsyncIterable<number>, count: number): Promise<number> {
    try {
      for await (const item of items) {
        this.got.push(item);
        if (this.got.length === count) break;
      }
    } catch (error) {
      this.ends.push(error);
      this.#onBreak?.(error);
      throw error;
    }
    this.ends.push('left');
    return this.got.length;
  }

  /** Broken promises, in words. */
  get problems(): string[] {
    const problems: string[] = [];
    const { got, ends, items } = this;
    if (got.some((item, place) => item !== place)) problems.push(`the items came as ${got.join()}`);
    if (ends.length > 1) problems.push(`the stream ended ${ends.length} times`);
    if (got.length > 0 && ends.length === 0) problems.push('the reader never ended');
    if (ends.includes('over') && got.length < items) {
      problems.push(`a clean end after ${got.length} of ${items} items`);
    }
    if (this.#left !== this.#begun) problems.push('the producer never ended');
    if (this.#begun > 1) problems.push(`the producer began ${this.#begun} times`);
    return problems;
  }
}
