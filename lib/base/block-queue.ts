import { Block, BlockPool } from './block-pool.ts';
import { BufferView } from './buffer-view.ts';
import { readU32 } from './int32.ts';
import {
  isTrustedPiece,
  MIN_PIECE_BYTES,
  PIECE_MARGIN_BYTES,
  TRUSTED_PIECE_BYTES,
} from './large-piece.ts';
import type { MessagePlace, ReceivedBytes } from './received-bytes.ts';

/** Read into where nothing is known of the messages to come. */
const BLOCK_BYTES = 65_536;

/** A block with less room is not read into any more. Chunks below this are copied together. */
const MIN_ROOM_BYTES = 16_384;

/** The length in front of a message. */
const PREFIX_BYTES = 4;

/**
 * Received bytes in memory that is used again. `take` and `takePrefixed` lend their bytes: they are
 * valid until `giveBack`. Bytes are read into blocks of a pool, and stay there until they are taken.
 * A message that lies in two blocks is put together in a third one.
 *
 * A block is free when all of its bytes were taken and given back. The transport reads into the last
 * one, which stays until there is another.
 */
export class BlockQueue implements ReceivedBytes {
  readonly #pool = new BlockPool();
  /** The blocks with bytes, in order. The last one may be empty: it is read into. */
  #blocks: Block[] = [];
  #byteLength = 0;
  /** Blocks of which all bytes were taken, and may be in use. */
  #taken: Block[] = [];
  /** The block that the transport reads into next. */
  #given: Block | undefined;
  /** The end of the frame that is gathered, in the last block, which holds nothing else; 0 for none. */
  #pieceEnd = 0;
  #largestPieceBytes = TRUSTED_PIECE_BYTES;
  /** Of the last message. The next one may be as large. */
  #lastBytes = 0;
  #lastChunkBytes = 0;
  /** The end of the place that the transport was given last, and whether it has filled it. */
  #limit = 0;
  #isFilled = false;

  get byteLength(): number {
    return this.#byteLength;
  }

  append(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#lastChunkBytes = chunk.length;
    const given = this.#given;
    this.#given = undefined;
    this.#isFilled = false;
    if (given !== undefined && given === this.#last && isBehind(given, chunk)) {
      this.#grow(given, chunk.length);
      this.#isFilled = given.end === this.#limit;
      return;
    }
    // Memory in which bytes have come that are not in their place is not used again.
    if (given?.memory.buffer === chunk.buffer) given.isPooled = false;
    this.#appendForeign(chunk);
  }

  gather(bytes: number): boolean {
    if (this.#byteLength >= bytes) return true;
    // The place of the next bytes is fixed once the transport has it.
    if (this.#given !== undefined) return false;
    if (this.#pieceEnd > 0 || bytes < MIN_PIECE_BYTES) return false;
    if (isTrustedPiece(bytes, this.#byteLength, this.#largestPieceBytes)) this.#beginPiece(bytes);
    return false;
  }

  readInto(): Buffer | undefined {
    const isGathering = this.#pieceEnd > 0;
    this.#given = isGathering || this.#isBusy ? this.#readable() : undefined;
    if (this.#given === undefined) return undefined;
    const { memory, end } = this.#given;
    const limit = isGathering ? this.#pieceEnd + PIECE_MARGIN_BYTES : end + this.#expectedBytes;
    this.#limit = Math.min(limit, memory.length);
    return memory.subarray(end, this.#limit);
  }

  peekU32(): number {
    const front = this.#blocks[0];
    if (front === undefined || front.byteLength < 4) return readU32(this.peek(4), 0);
    return readU32(front.memory, front.start);
  }

  peek(bytes: number): Buffer {
    const copy = Buffer.allocUnsafe(bytes);
    this.#copyFrontTo(copy, bytes);
    return copy;
  }

  takePrefixed(maxBytes: number): Buffer | undefined {
    const front = this.#blocks[0];
    if (front === undefined || front.byteLength < PREFIX_BYTES) return undefined;
    const bytes = readU32(front.memory, front.start);
    if (bytes > maxBytes || front.byteLength < PREFIX_BYTES + bytes) return undefined;
    return this.#lend(front, PREFIX_BYTES, bytes);
  }

  placePrefixed(maxBytes: number, place: MessagePlace): boolean {
    const view = this.takePrefixed(maxBytes);
    if (view === undefined) return false;
    place.set(view, view.buffer, view.byteOffset, 0, view.length);
    return true;
  }

  take(bytes: number): Buffer {
    const front = this.#blocks[0];
    if (front !== undefined && front.byteLength >= bytes) return this.#lend(front, 0, bytes);
    const joined = this.#pool.take(bytes);
    this.#copyFrontTo(joined.memory, bytes);
    this.skip(bytes);
    this.#taken.push(joined);
    this.#lastBytes = bytes;
    return joined.memory.subarray(0, bytes);
  }

  takeToKeep(bytes: number): Buffer {
    const copy = this.peek(bytes);
    this.skip(bytes);
    return copy;
  }

  skip(bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const front = this.#blocks[0]!; // So many bytes are there.
      const step = Math.min(left, front.byteLength);
      this.#advance(front, step);
      left -= step;
    }
  }

  /** Nobody has a view any more of what was taken so far. */
  giveBack(): void {
    for (const block of this.#blocks) block.isLent = false;
    for (const block of this.#taken) this.#pool.give(block);
    this.#taken.length = 0;
  }

  /** Holds no memory but that of bytes, of what was taken, and of the place that the transport has. */
  trim(): void {
    this.#pool.clear();
    const last = this.#last;
    if (last?.byteLength !== 0 || last === this.#given) return;
    this.#blocks.pop();
    // Bytes of it may be in use. If so, they are given back with the others.
    if (last.isLent) this.#taken.push(last);
  }

  /** Memory that was taken is not used again: it may be in use. */
  clear(): void {
    this.#blocks = [];
    this.#taken = [];
    this.#byteLength = 0;
    this.#given = undefined;
    this.#pieceEnd = 0;
  }

  /**
   * Whether much comes at once: a stream of small messages gives the transport no block to hold. A large
   * message may end with a small chunk.
   */
  get #isBusy(): boolean {
    return this.#lastChunkBytes >= MIN_ROOM_BYTES || this.#lastBytes >= MIN_PIECE_BYTES;
  }

  get #last(): Block | undefined {
    return this.#blocks.at(-1);
  }

  /** Bytes to be read at once: if messages are large, one and the length of the next. */
  get #expectedBytes(): number {
    const bytes = this.#lastBytes;
    if (bytes < MIN_PIECE_BYTES || bytes > TRUSTED_PIECE_BYTES) return BLOCK_BYTES;
    // What has filled its place has brought the length of the next message.
    return (this.#isFilled ? 0 : PREFIX_BYTES) + bytes + PIECE_MARGIN_BYTES;
  }

  /** The last block, if it has room enough; otherwise a new one. */
  #readable(): Block {
    const last = this.#last;
    if (last === undefined || this.#pieceEnd > 0) return last ?? this.#push(this.#expectedBytes);
    if (last.byteLength === 0 && last.isPooled && !last.isLent) {
      last.start = 0;
      last.end = 0;
    }
    const expected = this.#expectedBytes;
    const needed = expected === BLOCK_BYTES ? MIN_ROOM_BYTES : expected;
    return last.isPooled && last.room >= needed ? last : this.#push(expected);
  }

  #push(bytes: number): Block {
    return this.#pushBlock(this.#pool.take(bytes));
  }

  #pushBlock(block: Block): Block {
    const last = this.#last;
    if (last !== undefined && last.byteLength === 0) this.#taken.push(this.#blocks.pop()!);
    this.#blocks.push(block);
    return block;
  }

  #grow(block: Block, bytes: number): void {
    block.end += bytes;
    this.#byteLength += bytes;
    this.#endPiece(block);
  }

  #endPiece(block: Block): void {
    if (this.#pieceEnd === 0 || block.end < this.#pieceEnd) return;
    this.#largestPieceBytes = Math.max(this.#largestPieceBytes, this.#pieceEnd - block.start);
    this.#pieceEnd = 0;
  }

  #beginPiece(bytes: number): void {
    const front = this.#blocks[0];
    const isInPlace =
      front?.isPooled === true &&
      this.#blocks.length === 1 &&
      front.memory.length - front.start >= bytes + PIECE_MARGIN_BYTES;
    const piece = isInPlace ? front : this.#moveTo(this.#pool.take(bytes + PIECE_MARGIN_BYTES));
    this.#pieceEnd = piece.start + bytes;
  }

  #moveTo(block: Block): Block {
    this.#copyFrontTo(block.memory, this.#byteLength);
    block.end = this.#byteLength;
    this.#taken.push(...this.#blocks);
    this.#blocks = [block];
    return block;
  }

  /** A chunk in memory that is not ours. It is copied where it is small, or has a place. */
  #appendForeign(chunk: Buffer): void {
    const last = this.#last;
    let step = 0;
    if (last !== undefined && this.#pieceEnd > 0) {
      step = Math.min(chunk.length, this.#pieceEnd - last.end);
      this.#copyBehind(last, chunk.subarray(0, step));
    } else if (chunk.length < MIN_ROOM_BYTES) {
      step = chunk.length;
      this.#copyBehind(this.#writable(step), chunk);
    }
    if (step === chunk.length) return;
    const block = this.#pushBlock(new Block(chunk.subarray(step), false));
    this.#grow(block, chunk.length - step);
  }

  /** A block with room that the transport does not read into. */
  #writable(bytes: number): Block {
    const last = this.#last;
    const isFit = last?.isPooled === true && last !== this.#given && last.room >= bytes;
    return isFit ? last : this.#push(MIN_ROOM_BYTES);
  }

  #copyBehind(block: Block, bytes: Buffer): void {
    block.memory.set(bytes, block.end);
    this.#grow(block, bytes.length);
  }

  #lend(block: Block, skippedBytes: number, bytes: number): Buffer {
    const { memory } = block;
    const at = memory.byteOffset + block.start + skippedBytes;
    block.isLent = true;
    this.#lastBytes = bytes;
    this.#advance(block, skippedBytes + bytes);
    return new BufferView(memory.buffer, at, bytes);
  }

  #advance(block: Block, bytes: number): void {
    block.start += bytes;
    this.#byteLength -= bytes;
    // The last one stays: it may be read into.
    if (block.byteLength === 0 && this.#blocks.length > 1) this.#taken.push(this.#blocks.shift()!);
  }

  #copyFrontTo(copy: Buffer, bytes: number): void {
    let filled = 0;
    for (const { memory, start, end } of this.#blocks) {
      if (filled === bytes) return;
      const step = Math.min(end - start, bytes - filled);
      memory.copy(copy, filled, start, start + step);
      filled += step;
    }
  }
}

/** Whether the chunk was read right behind the bytes that the block has. */
function isBehind({ memory, end }: Block, chunk: Buffer): boolean {
  return chunk.buffer === memory.buffer && chunk.byteOffset === memory.byteOffset + end;
}
