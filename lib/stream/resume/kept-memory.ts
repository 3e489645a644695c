/** A stream counts for so much beside its items, once it has begun. */
export const STREAM_BYTES = 24_576;

/** A producer that waits until the streams of its session keep less. */
export interface RoomSeeker {
  /** They do. */
  onRoom(): void;
}

/** The memory that the resumable streams of a session take. */
export class KeptMemory {
  /** Called when they take more. */
  onGrown: (() => void) | undefined;
  readonly #maxItemBytes: number;
  readonly #waiting = new Set<RoomSeeker>();
  #streams = 0;
  #bytes = 0;

  /** @param maxItemBytes - of what all of them keep. */
  constructor(maxItemBytes: number = Infinity) {
    this.#maxItemBytes = maxItemBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a stream that keeps anything is to wait before it sends more. */
  get isFull(): boolean {
    return this.#bytes - this.#streams * STREAM_BYTES >= this.#maxItemBytes;
  }

  /** A stream takes so much now. @param before - the memory that it took; 0: it has not begun. */
  change(before: number, now: number): void {
    const wasFull = this.isFull;
    if (before === 0 && now > 0) this.#streams++;
    else if (before > 0 && now === 0) this.#streams--;
    this.#bytes += now - before;
    if (now > before) this.onGrown?.();
    else if (wasFull && !this.isFull) this.#wake();
  }

  /** Is told once when they are not full any more. */
  wait(seeker: RoomSeeker): void {
    this.#waiting.add(seeker);
  }

  leave(seeker: RoomSeeker): void {
    this.#waiting.delete(seeker);
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const seeker of waiting) seeker.onRoom();
  }
}
