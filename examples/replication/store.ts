import { EventEmitter, once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';

import { type Entry, lineOf } from './protocol.ts';

/** A follower's file, one line for each entry. */
export class Store {
  readonly #file: FileHandle;
  readonly #events = new EventEmitter();
  #count: number;

  private constructor(file: FileHandle, count: number) {
    this.#file = file;
    this.#count = count;
  }

  /** Goes on with what a crash has left. A line that it has cut is taken away. */
  static async open(path: string): Promise<Store> {
    const file = await open(path, 'a+');
    const bytes = await file.readFile();
    const wholeBytes = bytes.lastIndexOf('\n') + 1;
    await file.truncate(wholeBytes);
    return new Store(file, bytes.subarray(0, wholeBytes).toString().split('\n').length - 1);
  }

  /** How many entries there are. */
  get count(): number {
    return this.#count;
  }

  async append(entries: readonly Entry[]): Promise<void> {
    for (const [at, { position }] of entries.entries()) {
      if (position !== this.#count + at) throw new Error(`entry ${position} is out of order`);
    }
    await this.#file.appendFile(entries.map(lineOf).join(''));
    await this.#file.datasync();
    this.#count += entries.length;
    this.#events.emit('stored');
  }

  /** The count whenever it has grown, without those that nobody has asked for in time. */
  async *counts(signal: AbortSignal): AsyncGenerator<number> {
    for (let told = -1; ;) {
      while (told === this.#count) await once(this.#events, 'stored', { signal });
      yield (told = this.#count);
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
