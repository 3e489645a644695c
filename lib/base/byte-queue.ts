import { BufferView } from './buffer-view.ts';
import { freshMemory } from './fresh-memory.ts';
import { readU32 } from './int32.ts';
import {
  isTrustedPiece,
  MIN_PIECE_BYTES,
  PIECE_MARGIN_BYTES,
  TRUSTED_PIECE_BYTES,
} from './large-piece.ts';
import type { MessagePlace, ReceivedBytes } from './received-bytes.ts';

const EMPTY = Buffer.alloc(0);

/** Smaller chunks are copied together, so that a peer's one-byte writes cost one byte each. */
const SMALL_CHUNK_BYTES = 1024;
const TAIL_BYTES = 16_384;

/** The list keeps the places of up to this many chunks that have left the queue. */
const MAX_GONE_CHUNKS = 1024;

/**
 * Received bytes in order, taken from the front. Bytes stay where they were received: `take` gives
 * a view when it can, and copies only bytes that span chunks. Memory of a view is never reused.
 * While a piece is being gathered nothing may be taken: the piece begins with the queue's first
 * byte.
 */
export class ByteQueue implements ReceivedBytes {
  #head: Buffer = EMPTY;
  /**
   * The memory of the head, and the head's place in it. Asking the head each time costs as much as
   * a view.
   */
  #memory: ArrayBufferLike = EMPTY.buffer;
  #memoryAt = 0;
  #at = 0;
  #rest: Buffer[] = [];
  #restAt = 0;
  #byteLength = 0;

  /** Gathers small chunks; its first `#tailEnd` bytes are the last chunk of the queue. */
  #tail: Buffer | undefined;
  #tailEnd = 0;

  /** Memory for the piece that is being gathered. The queue holds nothing else then. */
  #piece: Buffer | undefined;
  #pieceBytes = 0;
  #largestPieceBytes = TRUSTED_PIECE_BYTES;

  /** Bytes appended and not yet taken. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Adds a chunk. The chunk belongs to the queue from now on. */
  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#piece !== undefined) {
      this.#fillPiece(this.#piece, chunk);
      return;
    }
    if (this.#byteLength > 0 && this.#isGathered(chunk.length)) this.#gather(chunk);
    else this.#enqueue(chunk);
    this.#byteLength += chunk.length;
  }

  /**
   * Whether the first `bytes` bytes are there. If they are not, and they are many, they are
   * gathered in one piece from now on: bytes are copied to their place as they arrive, or a
   * transport reads them directly into `readInto`.
   */
  gather(bytes: number): boolean {
    if (this.#byteLength >= bytes) return true;
    if (this.#piece !== undefined || bytes < MIN_PIECE_BYTES) return false;
    if (isTrustedPiece(bytes, this.#byteLength, this.#largestPieceBytes)) this.#beginPiece(bytes);
    return false;
  }

  /**
   * The memory behind the bytes that have come of the piece that is being gathered; undefined if
   * none is.
   */
  readInto(): Buffer | undefined {
    return this.#piece?.subarray(this.#byteLength);
  }

  /** The u32 at the front, without taking it; at least 4 bytes must be there. */
  peekU32(): number {
    const head = this.#head;
    const at = this.#at;
    return at + 4 <= head.length ? readU32(head, at) : readU32(this.#copyFront(4), 0);
  }

  /**
   * A copy of the first `bytes` bytes, without taking them; at least `bytes` bytes must be there.
   */
  peek(bytes: number): Buffer {
    return this.#copyFront(bytes);
  }

  /**
   * Takes the bytes behind a u32 that says their length, if all of them lie in the first chunk and
   * there are at most `maxBytes`. Otherwise returns undefined and takes nothing. This is the fast
   * path; callers fall back to the path that handles all cases.
   */
  takePrefixed(maxBytes: number): Buffer | undefined {
    const head = this.#head;
    const at = this.#at;
    const start = at + 4;
    if (start > head.length) return undefined;
    const bytes = readU32(head, at);
    if (bytes > maxBytes || start + bytes > head.length) return undefined;
    const view = new BufferView(this.#memory, this.#memoryAt + start, bytes);
    this.#advance(4 + bytes);
    return view;
  }

  /** As `takePrefixed`, without a view for each message (`micro.packed.batch`). */
  placePrefixed(maxBytes: number, place: MessagePlace): boolean {
    const head = this.#head;
    const start = this.#at + 4;
    if (start > head.length) return false;
    const bytes = readU32(head, this.#at);
    if (bytes > maxBytes || start + bytes > head.length) return false;
    place.set(head, this.#memory, this.#memoryAt, start, bytes);
    this.#advance(4 + bytes);
    return true;
  }

  /** Takes `bytes` bytes off the front; at least `bytes` bytes must be there. */
  take(bytes: number): Buffer {
    if (this.#at + bytes <= this.#head.length) {
      const view = new BufferView(this.#memory, this.#memoryAt + this.#at, bytes);
      this.#advance(bytes);
      return view;
    }
    const copy = this.#copyFront(bytes);
    this.skip(bytes);
    return copy;
  }

  /** The same as `take`, as no memory is used again here. */
  takeToKeep(bytes: number): Buffer {
    return this.take(bytes);
  }

  /** Skips `bytes` bytes at the front; at least `bytes` bytes must be there. */
  skip(bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const step = Math.min(left, this.#head.length - this.#at);
      this.#advance(step);
      left -= step;
    }
  }

  /** Empties the queue. */
  clear(): void {
    this.#setHead(EMPTY);
    this.#at = 0;
    this.#rest = [];
    this.#restAt = 0;
    this.#tail = undefined;
    this.#piece = undefined;
    this.#byteLength = 0;
  }

  #beginPiece(bytes: number): void {
    const held = this.#byteLength;
    const piece = freshMemory(bytes + PIECE_MARGIN_BYTES);
    this.#copyFrontTo(piece, held);
    this.clear();
    this.#piece = piece;
    this.#pieceBytes = bytes;
    this.#setHead(piece.subarray(0, held));
    this.#byteLength = held;
  }

  #fillPiece(piece: Buffer, chunk: Buffer): void {
    const held = this.#byteLength;
    const isInPlace = chunk.buffer === piece.buffer;
    const step = isInPlace ? chunk.length : Math.min(chunk.length, this.#pieceBytes - held);
    if (!isInPlace) piece.set(chunk.subarray(0, step), held);
    this.#byteLength += step;
    this.#setHead(piece.subarray(0, this.#byteLength));
    if (this.#byteLength < this.#pieceBytes) return;
    this.#piece = undefined;
    this.#largestPieceBytes = Math.max(this.#largestPieceBytes, this.#pieceBytes);
    if (step < chunk.length) this.append(chunk.subarray(step));
  }

  #setHead(chunk: Buffer): void {
    this.#head = chunk;
    this.#memory = chunk.buffer;
    this.#memoryAt = chunk.byteOffset;
  }

  #advance(bytes: number): void {
    this.#at += bytes;
    this.#byteLength -= bytes;
    if (this.#at === this.#head.length) this.#nextChunk();
  }

  /** The count of chunks is checked before they are indexed, here and below. */
  #nextChunk(): void {
    this.#at = 0;
    if (this.#restAt < this.#rest.length) {
      this.#setHead(this.#rest[this.#restAt]!);
      this.#rest[this.#restAt++] = EMPTY;
      this.#compact();
      return;
    }
    this.#setHead(EMPTY);
    this.#rest.length = 0;
    this.#restAt = 0;
    this.#tail = undefined;
  }

  /** A queue that is never empty must not keep a place for every chunk that ever passed. */
  #compact(): void {
    if (this.#restAt < MAX_GONE_CHUNKS || this.#restAt * 2 < this.#rest.length) return;
    this.#rest.splice(0, this.#restAt);
    this.#restAt = 0;
  }

  /**
   * A chunk that fits behind the small chunks is copied there too. A tail then never wastes more
   * than the size of the chunk that ends it.
   */
  #isGathered(bytes: number): boolean {
    if (bytes < SMALL_CHUNK_BYTES) return true;
    return this.#tail !== undefined && this.#tailEnd + bytes <= this.#tail.length;
  }

  #enqueue(chunk: Buffer): void {
    this.#tail = undefined;
    if (this.#head.length === 0) this.#setHead(chunk);
    else this.#rest.push(chunk);
  }

  #gather(chunk: Buffer): void {
    let tail = this.#tail;
    if (tail === undefined || this.#tailEnd + chunk.length > tail.length) {
      tail = freshMemory(TAIL_BYTES);
      this.#enqueue(tail.subarray(0, 0));
      this.#tail = tail;
      this.#tailEnd = 0;
    }
    tail.set(chunk, this.#tailEnd);
    this.#tailEnd += chunk.length;
    const grown = tail.subarray(0, this.#tailEnd);
    if (this.#restAt < this.#rest.length) this.#rest[this.#rest.length - 1] = grown;
    else this.#setHead(grown);
  }

  #copyFront(bytes: number): Buffer {
    const copy = Buffer.allocUnsafe(bytes);
    this.#copyFrontTo(copy, bytes);
    return copy;
  }

  #copyFrontTo(copy: Buffer, bytes: number): void {
    let filled = this.#head.copy(copy, 0, this.#at);
    for (let i = this.#restAt; filled < bytes; i++) filled += this.#rest[i]!.copy(copy, filled);
  }
}
