import { expect } from 'chai';

import { SocketRecorder } from './socket-recorder.ts';

const PLACE_BYTES = 1_048_576;

/** A receiver that wants what comes in one place, for as long as there is room. */
export class PlacingRecorder extends SocketRecorder {
  readonly place: Buffer = Buffer.alloc(PLACE_BYTES);
  /** How often it was asked. */
  askedCount = 0;
  isPlacing = true;
  /** The bytes that were read to their place. */
  placedBytes = 0;
  #at = 0;

  readInto(): Buffer | undefined {
    this.askedCount++;
    const rest = this.place.subarray(this.#at);
    return this.isPlacing && rest.length > 0 ? rest : undefined;
  }

  override onData(chunk: Buffer): void {
    if (chunk.buffer === this.place.buffer) {
      expect(chunk.byteOffset - this.place.byteOffset).to.equal(this.#at);
      this.#at += chunk.length;
      this.placedBytes += chunk.length;
    }
    super.onData(chunk);
  }
}
