import type { Clock } from '../base/clock.ts';
import { encodeDigest } from './appended-digest.ts';
import { assertBytes, type BlobContent, cut } from './blob-content.ts';
import { BlobMeter } from './blob-meter.ts';
import type { Sending } from './blob-options.ts';
import { interruptible } from './interruptible.ts';
import { Interruption } from './interruption.ts';
import type { GiveMemory } from './read-from.ts';

/** A blob that is being sent: its messages, each made when the one before was taken. */
export class OutgoingBlob {
  /** Ends the transfer early. */
  readonly interruption: Interruption;
  /** Counts the bytes that were taken. */
  readonly meter: BlobMeter;
  readonly #content: BlobContent;
  readonly #options: Sending;

  /**
   * The transfer's time limit begins now.
   *
   * @param clock - used if the options have none.
   */
  constructor(content: BlobContent, options: Sending, clock: Clock) {
    this.#content = content;
    this.#options = options;
    const { checksum, totalBytes, onProgress } = options;
    this.meter = new BlobMeter(checksum, totalBytes, onProgress);
    this.interruption = new Interruption(options.clock ?? clock, options.bounds);
  }

  /**
   * All messages. Leaving the loop leaves the content as well.
   *
   * @param take - gives memory of the stream that they are sent through.
   */
  async *messages(take?: GiveMemory): AsyncGenerator<Uint8Array, void, undefined> {
    const { meter } = this;
    const content = this.#content.open(meter, take);
    for await (const piece of interruptible(content, this.interruption)) {
      assertBytes(piece, 'local');
      for (const chunk of cut(piece, this.#options.chunkBytes)) {
        meter.add(chunk);
        yield chunk;
        const shown = meter.showProgress();
        if (shown !== undefined) await this.interruption.wait(() => shown);
      }
    }
    const { checksum } = meter;
    if (this.#options.appendDigest && checksum !== undefined) {
      yield* encodeDigest({ algorithm: checksum.algorithm, digest: checksum.digest() });
    }
  }
}
