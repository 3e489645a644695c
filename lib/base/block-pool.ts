import { freshMemory } from './fresh-memory.ts';

/** Memory is allocated in multiples of this. */
const PAGE_BYTES = 4_096;

/**
 * The most memory that is kept, unless one block alone is larger. With less, messages of 1 MiB do not
 * find theirs again (`bulk.down.1MiB.borrowed`).
 */
const MAX_KEPT_BYTES = 4_194_304;

/** The most blocks that are kept: all of them are looked at. */
const MAX_KEPT = 64;

/** Memory, and the place in it of the bytes that were not taken. */
export class Block {
  readonly memory: Buffer;
  /** Whether it may be used again. */
  isPooled: boolean;
  /** Of the first byte that was not taken. */
  start = 0;
  /** Behind the last byte that has come. */
  end = 0;
  /** Whether bytes that were taken from it are in use. */
  isLent = false;

  constructor(memory: Buffer, isPooled: boolean) {
    this.memory = memory;
    this.isPooled = isPooled;
  }

  get byteLength(): number {
    return this.end - this.start;
  }

  /** Bytes that there is room for behind those that have come. */
  get room(): number {
    return this.memory.length - this.end;
  }
}

/** Keeps blocks of one stream that are free, to be used again. */
export class BlockPool {
  readonly #kept: Block[] = [];
  #keptBytes = 0;

  /** A block with room for `bytes` bytes. Its content is unknown. */
  take(bytes: number): Block {
    const at = this.#kept.findIndex(({ memory }) => memory.length >= bytes);
    if (at >= 0) return this.#remove(at);
    const size = Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
    return new Block(freshMemory(size), true);
  }

  /**
   * Takes a block back of which nobody has a view any more. The smallest ones go if it is too much. Memory
   * that was moved elsewhere is not kept.
   */
  give(block: Block): void {
    if (!block.isPooled || block.memory.length === 0) return;
    block.start = 0;
    block.end = 0;
    block.isLent = false;
    this.#kept.push(block);
    this.#keptBytes += block.memory.length;
    while (this.#isTooMuch) this.#remove(this.#smallest());
  }

  /** Keeps nothing. */
  clear(): void {
    this.#kept.length = 0;
    this.#keptBytes = 0;
  }

  get #isTooMuch(): boolean {
    const count = this.#kept.length;
    return count > MAX_KEPT || (count > 1 && this.#keptBytes > MAX_KEPT_BYTES);
  }

  #smallest(): number {
    let smallest = 0;
    for (const [at, { memory }] of this.#kept.entries()) {
      if (memory.length < this.#kept[smallest]!.memory.length) smallest = at;
    }
    return smallest;
  }

  /** `at` is a place among those that are kept. */
  #remove(at: number): Block {
    const block = this.#kept.splice(at, 1)[0]!;
    this.#keptBytes -= block.memory.length;
    return block;
  }
}
