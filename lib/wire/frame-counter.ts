import { EOS_LENGTH, STREAM_HEADER_BYTES } from './stream-frame.ts';

/**
 * Counts the whole frames in a byte stream by their length prefixes, without keeping a byte: both
 * stream frames and compressed frames are a u32 length and as many bytes, but for end of stream.
 */
export class FrameCounter {
  #frames = 0;
  #header = 0;
  #headerBytes = 0;
  #payloadLeft = 0;

  /** Whole frames pushed so far. */
  get frames(): number {
    return this.#frames;
  }

  /** Takes the next bytes; the chunk stays the caller's. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const step = Math.min(this.#payloadLeft, chunk.length - at);
        at += step;
        this.#payloadLeft -= step;
        if (this.#payloadLeft === 0) this.#frames++;
        continue;
      }
      // `at` is below the chunk's length.
      this.#header += chunk[at++]! * 256 ** this.#headerBytes++;
      if (this.#headerBytes === STREAM_HEADER_BYTES) this.#endHeader();
    }
  }

  #endHeader(): void {
    this.#payloadLeft = this.#header === EOS_LENGTH ? 0 : this.#header;
    if (this.#payloadLeft === 0) this.#frames++;
    this.#header = 0;
    this.#headerBytes = 0;
  }
}
