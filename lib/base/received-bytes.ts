/** Is set to one message after another, where they lie. */
export interface MessagePlace {
  /**
   * The message lies from `start` on in `bytes`, which are at `memoryAt` of `memory`.
   *
   * @internal
   */
  set(
    bytes: Buffer,
    memory: ArrayBufferLike,
    memoryAt: number,
    start: number,
    byteLength: number,
  ): void;
}

/** Received bytes in order, taken from the front. */
export interface ReceivedBytes {
  /** Bytes that have come and were not taken. */
  readonly byteLength: number;
  /** Adds a chunk. The chunk belongs to the queue from now on. */
  append(chunk: Buffer): void;
  /**
   * Whether the first `bytes` bytes are there. If they are not, and they are many, they are
   * gathered in one piece from now on.
   */
  gather(bytes: number): boolean;
  /** The memory to read the next bytes into; undefined if any place will do. */
  readInto(): Buffer | undefined;
  /** The u32 at the front, without taking it; at least 4 bytes must be there. */
  peekU32(): number;
  /** A copy of the first `bytes` bytes, without taking them; so many must be there. */
  peek(bytes: number): Buffer;
  /**
   * Takes the bytes behind a u32 that says their length, if all of them lie in the first chunk and
   * there are at most `maxBytes`. Otherwise returns undefined and takes nothing.
   */
  takePrefixed(maxBytes: number): Buffer | undefined;
  /** As `takePrefixed`, and sets the place to the bytes. Returns false if nothing was taken. */
  placePrefixed(maxBytes: number, place: MessagePlace): boolean;
  /** Takes `bytes` bytes off the front for a reader of messages; so many must be there. */
  take(bytes: number): Buffer;
  /** As `take`, for bytes that are kept: their memory is never used again. */
  takeToKeep(bytes: number): Buffer;
  /** Skips `bytes` bytes at the front; so many must be there. */
  skip(bytes: number): void;
  /** Empties the queue. */
  clear(): void;
}
