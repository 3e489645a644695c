/** The most that a socket gives at a time. */
const MAX_CHUNK_BYTES = 65_536;

/** What a link does to the bytes of each direction. */
export interface LinkTerms {
  readonly bytesPerSecond: number;
  /** Milliseconds from one end to the other. */
  readonly delayMs: number;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly dueAt: number;
}

/**
 * One direction of a link. Bytes enter it at its rate and leave it after its delay. It holds no more
 * than are under way then, so that it adds no memory of its own to the way. All times are milliseconds
 * of one clock.
 */
export class DelayLine {
  readonly #terms: LinkTerms;
  readonly #capacityBytes: number;
  readonly #chunks: Chunk[] = [];
  #heldBytes = 0;
  /** When the last byte so far has entered. */
  #enteredAt = 0;

  /** @throws RangeError if the link holds less than a socket gives at a time. */
  constructor(terms: LinkTerms) {
    this.#terms = terms;
    this.#capacityBytes = (terms.bytesPerSecond * terms.delayMs) / 1e3;
    if (this.#capacityBytes < MAX_CHUNK_BYTES) {
      throw new RangeError(`a link that holds ${this.#capacityBytes} bytes is too short`);
    }
  }

  /** Bytes that have come and that the other end has not taken. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether the next bytes may find no room: its socket is not to be read. */
  get isFull(): boolean {
    return this.#heldBytes + MAX_CHUNK_BYTES > this.#capacityBytes;
  }

  /** When the next bytes are due at the other end; undefined if there are none. */
  get nextDueAt(): number | undefined {
    return this.#chunks[0]?.dueAt;
  }

  /** Bytes have come now. */
  push(bytes: Buffer, now: number): void {
    const { bytesPerSecond, delayMs } = this.#terms;
    this.#enteredAt = Math.max(this.#enteredAt, now) + (bytes.length / bytesPerSecond) * 1e3;
    this.#chunks.push({ bytes, dueAt: this.#enteredAt + delayMs });
    this.#heldBytes += bytes.length;
  }

  /** The next bytes, if they are due by now. They are held until `passed`. */
  take(now: number): Buffer | undefined {
    const due = this.nextDueAt;
    return due === undefined || due > now ? undefined : this.#chunks.shift()?.bytes;
  }

  /** The other end has taken so many bytes. */
  passed(bytes: number): void {
    this.#heldBytes -= bytes;
  }
}
