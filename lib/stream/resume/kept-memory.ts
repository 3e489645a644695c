/** A stream counts for so much beside its items, once it has begun. */
export const STREAM_BYTES = 24_576;

/** The memory that the resumable streams of a session take. */
export class KeptMemory {
  /** Called when they take more. */
  onGrown: (() => void) | undefined;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** A stream takes so much now. @param before - the memory that it took. */
  change(before: number, now: number): void {
    this.#bytes += now - before;
    if (now > before) this.onGrown?.();
  }
}
