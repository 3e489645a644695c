const EMPTY = Buffer.alloc(0);

/** Chunks below this are copied together, so that a peer's one-byte writes cost one byte each. */
const SMALL_CHUNK_BYTES = 1024;
const TAIL_BYTES = 16_384;

/** Chunks that have left the queue keep their places in its list up to here. */
const MAX_GONE_CHUNKS = 1024;

/**
 * Received bytes in order, cut off at the front. Bytes stay where they were received: `take` gives a
 * view when it can and copies only what spans chunks. Memory of a view is never reused.
 */
export class ByteQueue {
  #head: Buffer = EMPTY;
  #at = 0;
  #rest: Buffer[] = [];
  #restAt = 0;
  #byteLength = 0;

  /** Gathers small chunks; its bytes from `#tailStart` to `#tailEnd` are the last chunk of the queue. */
  #tail: Buffer | undefined;
  #tailStart = 0;
  #tailEnd = 0;

  /** Bytes appended and not yet taken. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Adds a chunk, which belongs to the queue from now on. */
  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#byteLength > 0 && this.#isGathered(chunk.length)) this.#gather(chunk);
    else this.#enqueue(chunk);
    this.#byteLength += chunk.length;
  }

  /** The u32 at the front, without taking it; at least 4 bytes must be there. */
  peekU32(): number {
    const head = this.#head;
    const at = this.#at;
    if (at + 4 <= head.length) {
      // All four are there, by the line above.
      return (
        (head[at]! | (head[at + 1]! << 8) | (head[at + 2]! << 16) | (head[at + 3]! << 24)) >>> 0
      );
    }
    return this.#copyFront(4).readUInt32LE(0);
  }

  /** Takes `bytes` bytes off the front; as many must be there. */
  take(bytes: number): Buffer {
    const end = this.#at + bytes;
    if (end <= this.#head.length) {
      const view = this.#head.subarray(this.#at, end);
      this.#advance(bytes);
      return view;
    }
    const copy = this.#copyFront(bytes);
    this.skip(bytes);
    return copy;
  }

  /** Drops `bytes` bytes off the front; as many must be there. */
  skip(bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const step = Math.min(left, this.#head.length - this.#at);
      this.#advance(step);
      left -= step;
    }
  }

  /** Drops everything. */
  clear(): void {
    this.#head = EMPTY;
    this.#at = 0;
    this.#rest = [];
    this.#restAt = 0;
    this.#tail = undefined;
    this.#byteLength = 0;
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    this.#byteLength -= bytes;
    if (this.#at === this.#head.length) this.#nextChunk();
  }

  /** Chunks are counted before they are indexed, here and below. */
  #nextChunk(): void {
    this.#at = 0;
    if (this.#restAt < this.#rest.length) {
      this.#head = this.#rest[this.#restAt]!;
      this.#rest[this.#restAt++] = EMPTY;
      this.#forgetGone();
      return;
    }
    this.#head = EMPTY;
    this.#rest.length = 0;
    this.#restAt = 0;
    this.#tail = undefined;
  }

  /** A queue that is never empty must not keep a place for every chunk that ever passed. */
  #forgetGone(): void {
    if (this.#restAt < MAX_GONE_CHUNKS || this.#restAt * 2 < this.#rest.length) return;
    this.#rest.splice(0, this.#restAt);
    this.#restAt = 0;
  }

  /** What fits behind the small chunks before it goes there too: a tail then never wastes more than the chunk that ends it. */
  #isGathered(bytes: number): boolean {
    if (bytes < SMALL_CHUNK_BYTES) return true;
    return this.#tail !== undefined && this.#tailEnd + bytes <= this.#tail.length;
  }

  #enqueue(chunk: Buffer): void {
    this.#tail = undefined;
    if (this.#head.length === 0) this.#head = chunk;
    else this.#rest.push(chunk);
  }

  #gather(chunk: Buffer): void {
    let tail = this.#tail;
    if (tail === undefined || this.#tailEnd + chunk.length > tail.length) {
      tail = Buffer.allocUnsafeSlow(TAIL_BYTES);
      this.#enqueue(tail.subarray(0, 0));
      this.#tail = tail;
      this.#tailStart = 0;
      this.#tailEnd = 0;
    }
    tail.set(chunk, this.#tailEnd);
    this.#tailEnd += chunk.length;
    const grown = tail.subarray(this.#tailStart, this.#tailEnd);
    if (this.#restAt < this.#rest.length) this.#rest[this.#rest.length - 1] = grown;
    else this.#head = grown;
  }

  #copyFront(bytes: number): Buffer {
    const copy = Buffer.allocUnsafe(bytes);
    let filled = this.#head.copy(copy, 0, this.#at);
    for (let i = this.#restAt; filled < bytes; i++) filled += this.#rest[i]!.copy(copy, filled);
    return copy;
  }
}
