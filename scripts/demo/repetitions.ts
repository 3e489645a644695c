import type { Entry } from './entry.ts';

/** Counts the entries that come again. The primary sends them in the order of their keys. */
export class Repetitions {
  #last: Uint8Array | undefined;
  #count = 0;

  /** Entries so far whose key is not behind all keys before. */
  get count(): number {
    return this.#count;
  }

  look(batch: readonly Entry[]): void {
    for (const [key] of batch) {
      if (this.#last === undefined || Buffer.compare(key, this.#last) > 0) this.#last = key;
      else this.#count++;
    }
  }
}
