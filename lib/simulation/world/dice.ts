import { shownValue } from '../../base/shown-value.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Random } from '../../base/random.ts';

/** Decides where several things may happen next. A search that tries all orders decides otherwise than by chance. */
export interface Chooser {
  /** A whole number from 0 up to and without `count`, which is at least 1. */
  below(count: number): number;
}

/**
 * Numbers by chance that follow from a seed alone: the same seed gives the same numbers on every
 * machine.
 *
 * Source: sfc32 of PractRand, seeded by splitmix32.
 */
export class Dice implements Chooser, Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed - a whole number from 0 to 2^53 - 1. @throws MisuseError for another. */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new MisuseError(`a seed is a whole number from 0 to 2^53 - 1, not ${shownValue(seed)}`);
    }
    const mixed = splitmix((seed >>> 0) ^ splitmix(Math.floor(seed / 2 ** 32) + 1));
    this.#a = mixed;
    this.#b = splitmix(mixed);
    this.#c = splitmix(this.#b);
    for (let i = 0; i < 12; i++) this.#next();
  }

  /** A whole number from 0 up to and without `count`. @param count - from 1 to 2^32. @throws MisuseError for another */
  below(count: number): number {
    if (!Number.isInteger(count) || count < 1 || count > 2 ** 32)
      refuse('below: count', 'a whole number from 1 to 2^32', count);
    return Math.floor((this.#next() / 2 ** 32) * count);
  }

  /** A whole number from `least` to `most`, which are less than 2^32 apart. @throws MisuseError for others */
  between(least: number, most: number): number {
    if (!Number.isSafeInteger(least)) refuse('between: least', 'a whole number', least);
    const isRange = Number.isSafeInteger(most) && most >= least && most - least < 2 ** 32;
    if (!isRange) refuse('between: most', `a whole number from ${least} to 2^32 - 1 more`, most);
    return least + this.below(most - least + 1);
  }

  /** True as often as `probability` says. @param probability - from 0 to 1. @throws MisuseError for another */
  chance(probability: number): boolean {
    if (!(probability >= 0 && probability <= 1))
      refuse('chance: probability', 'a number from 0 to 1', probability);
    return this.#next() < probability * 2 ** 32;
  }

  /** One of the values, of which there is at least one. @throws MisuseError if there is none */
  pick<T>(values: readonly T[]): T {
    if (!Array.isArray(values)) refuse('pick: values', 'an array', values);
    if (values.length === 0) throw new MisuseError('there is nothing to pick from');
    return values[this.below(values.length)] as T;
  }

  /** So many bytes by chance. The buffer is the caller's. @throws RangeError for no size of a buffer */
  bytes(count: number): Buffer {
    const bytes = Buffer.allocUnsafe(count);
    for (let i = 0; i < count; i++) bytes[i] = this.#next() >>> 24;
    return bytes;
  }

  /** Further dice. Their numbers follow from those of these dice so far. */
  fork(): Dice {
    return new Dice(this.#next());
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

function refuse(argument: string, takes: string, given: unknown): never {
  throw new MisuseError(`dice.${argument} must be ${takes}, not ${shownValue(given)}`);
}

function splitmix(seed: number): number {
  let mixed = (seed + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
