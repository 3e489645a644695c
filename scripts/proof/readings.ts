import type { Item } from './items.ts';
import { Judge, type Verdict } from './verdict.ts';

/** What the other process reads: the reader is the one that judges. */
export class Readings {
  /** By the names that the client gave them. */
  readonly #readings = new Map<string, Reading>();

  /** Reads so many items, to their end. */
  async read(name: string, count: number, items: AsyncIterable<Item>): Promise<void> {
    const judge = new Judge(count);
    const reading = { judge, done: judge.addAll(items) };
    this.#readings.set(name, reading);
    await reading.done;
  }

  /** What a reading has found, when it has come to its end; undefined if there is no such reading. */
  async verdict(name: string): Promise<Verdict | undefined> {
    const reading = this.#readings.get(name);
    await reading?.done;
    return reading?.judge.verdict;
  }
}

interface Reading {
  readonly judge: Judge;
  readonly done: Promise<void>;
}
