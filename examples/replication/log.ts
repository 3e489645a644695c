import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { callContext } from 'sluice';

import { type Digest, type Entry, lineOf } from './protocol.ts';

/** The leader's log. All public methods are served. */
export class Log {
  readonly #entries: Entry[] = [];
  /** How many entries each follower has stored. */
  readonly #stored = new Map<string, number>();
  readonly #events = new EventEmitter().setMaxListeners(0);
  #isClosed = false;

  /** Resolves when one follower has stored the entry, too. */
  async append(key: string, value: string): Promise<number> {
    const position = this.#entries.length;
    this.#entries.push({ position, key, value });
    this.#events.emit('entry');
    await this.whenStored(position + 1, 1);
    return position;
  }

  /** Resolves when so many followers have stored so many entries. */
  async whenStored(entries: number, followers: number): Promise<void> {
    const { signal } = callContext();
    while ([...this.#stored.values()].filter((count) => count >= entries).length < followers) {
      await once(this.#events, 'stored', { signal });
    }
  }

  /** All entries from a position on, also those to come; `stored` tells what has become of them. */
  async *follow(name: string, from: number, stored: AsyncIterable<number>): AsyncGenerator<Entry> {
    const context = callContext();
    context.background(() => this.#listen(name, stored));
    for (let at = from; ; at++) {
      while (at >= this.#entries.length) {
        if (this.#isClosed) return;
        await once(this.#events, 'entry', { signal: context.signal });
      }
      yield this.#entries[at] as Entry;
    }
  }

  digest(): Digest {
    const hash = createHash('sha256');
    for (const entry of this.#entries) hash.update(lineOf(entry));
    return { entries: this.#entries.length, sha256: hash.digest('hex') };
  }

  /** Ends the streams of the followers behind the last entry. Its name keeps it from being served. */
  _close(): void {
    this.#isClosed = true;
    this.#events.emit('entry');
  }

  async #listen(name: string, stored: AsyncIterable<number>): Promise<void> {
    try {
      for await (const count of stored) {
        this.#stored.set(name, count);
        this.#events.emit('stored');
      }
    } catch (error) {
      console.error(`${name} is gone: ${String(error)}`);
    }
  }
}
