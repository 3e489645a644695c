import { crc32 } from 'node:zlib';

import { STREAM_HEADER_BYTES } from '../../wire/stream-frame.ts';
import type { KeptFrames } from './kept-frames.ts';

/** Finds the kept messages from an index on. */
type BatchAt = (index: number) => KeptFrames | undefined;

/**
 * The checksum of a resumable stream up to the oldest message that is kept. It is computed when
 * messages are freed, so that sending need not wait for it.
 */
export class PassedSum {
  readonly #batchAt: BatchAt;
  #index = 0;
  #crc32 = 0;

  /** @param batchAt - the kept messages. */
  constructor(batchAt: BatchAt) {
    this.#batchAt = batchAt;
  }

  /** The messages below this index are about to be freed. */
  pass(index: number): void {
    this.#crc32 = this.sumAt(index);
    this.#index = index;
  }

  /** The checksum of so many messages, none of which behind the last passed one is freed. */
  sumAt(index: number): number {
    let sum = this.#crc32;
    for (let at = this.#index; at < index;) {
      const batch = this.#batchAt(at);
      if (batch === undefined) break;
      for (const frame of batch.frames()) {
        if (at === index) break;
        sum = crc32(frame.subarray(STREAM_HEADER_BYTES), sum);
        at++;
      }
    }
    return sum;
  }
}
