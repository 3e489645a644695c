import { offsetSent } from './fresh-memory.ts';
import { SLAB_BYTES, type SlabPool } from './slab-pool.ts';
import { writeU32 } from './int32.ts';

/**
 * Views of at least this size are sent from where they lie. Below it a copy is cheaper than a
 * segment.
 */
export const REFERENCE_BYTES = 16_384;

const NO_SLAB = Buffer.alloc(0);

/** Bytes that were handed over for good. */
export interface OwnedBytes {
  readonly segments: readonly Uint8Array[];
  /** The slabs among their memory, which hold nothing else. They may be given back to the pool. */
  readonly slabs: readonly Buffer[];
}

/**
 * Gathers frames as a list of segments: small pieces are written into pooled slabs, large byte
 * views are referenced. A frame that is being written can be taken back as a whole.
 *
 * Serializers may use `buffer` and `offset`: after `reserve(n)` there is room for n bytes at
 * `offset`. They write there and advance `offset`.
 */
export class ByteWriter {
  /** The open slab. */
  buffer: Buffer = NO_SLAB;
  /** The place of the next byte in `buffer`. */
  offset = 0;

  readonly #pool: SlabPool;
  #segments: Uint8Array[] = [];
  #closedBytes = 0;
  #hasReferences = false;
  /** The beginning of the part of the open slab that belongs to no segment yet. */
  #start = 0;
  /** Full slabs with bytes in segments that were not taken yet. */
  #retired: Buffer[] = [];
  /** Full slabs with bytes that were taken. They are given back when those bytes are written. */
  #lent: Buffer[] = [];

  #frameBuffer: Buffer = NO_SLAB;
  #frameOffset = 0;
  /**
   * Whether the current frame is no longer only in the part of the slab that it began in: it went
   * on to another slab, or refers to a large view. The marks below keep the state before that, for
   * `rollbackFrame`.
   */
  #isFrameSpilled = true;
  #markSegments = 0;
  #markClosedBytes = 0;
  #markHasReferences = false;
  #markRetired = 0;
  #markStart = 0;

  constructor(pool: SlabPool) {
    this.#pool = pool;
  }

  /** Bytes gathered and not yet taken. */
  get byteLength(): number {
    return this.#closedBytes + this.offset - this.#start;
  }

  /**
   * Whether some bytes lie outside of slabs. Writing these costs no copy, however many there are.
   */
  get hasReferences(): boolean {
    return this.#hasReferences;
  }

  /**
   * Starts a frame with a header of `headerBytes` bytes, to be filled in once the rest is known.
   */
  beginFrame(headerBytes: number): void {
    this.reserve(headerBytes);
    this.#frameBuffer = this.buffer;
    this.#frameOffset = this.offset;
    this.#isFrameSpilled = false;
    this.offset += headerBytes;
  }

  /** Bytes of the frame so far, its header included. */
  get frameBytes(): number {
    if (!this.#isFrameSpilled) return this.offset - this.#frameOffset;
    return this.byteLength - this.#markClosedBytes - (this.#frameOffset - this.#markStart);
  }

  /** The place of the current frame's header, to be filled in once the rest is known. */
  get frameHeader(): { readonly buffer: Buffer; readonly offset: number } {
    return { buffer: this.#frameBuffer, offset: this.#frameOffset };
  }

  /** Writes a u32 into the header of the current frame. */
  patchU32(at: number, value: number): void {
    writeU32(this.#frameBuffer, this.#frameOffset + at, value);
  }

  /** Takes back the current frame, as if `beginFrame` had not been called. */
  rollbackFrame(): void {
    if (this.#isFrameSpilled) this.#unspill();
    this.offset = this.#frameOffset;
  }

  /** Makes room for `bytes` contiguous bytes at `offset`. */
  reserve(bytes: number): void {
    if (this.offset + bytes > this.buffer.length) this.#grow(bytes);
  }

  /**
   * Appends bytes: large ones by reference, which must not change until they are written, small
   * ones by copy.
   */
  append(bytes: Uint8Array): void {
    if (bytes.length >= REFERENCE_BYTES) {
      offsetSent(bytes);
      this.#closeWindow();
      this.#segments.push(bytes);
      this.#hasReferences = true;
      this.#closedBytes += bytes.length;
      return;
    }
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** Hands over all gathered bytes. The slabs stay lent until `release`. */
  takeSegments(): Uint8Array[] {
    this.#closeWindow();
    const segments = this.#segments;
    this.#segments = [];
    this.#closedBytes = 0;
    this.#hasReferences = false;
    if (this.#retired.length > 0) {
      this.#lent.push(...this.#retired);
      this.#retired.length = 0;
    }
    return segments;
  }

  /**
   * Hands over all gathered bytes for good. Full slabs go with them, and so does the open one if half of
   * it is used. What is less is copied, and its slab can be used again.
   *
   * @param copies - whether referenced views are copied, so that nothing of it is anybody else's.
   */
  takeOwned(copies = false): OwnedBytes {
    const open = this.buffer.buffer;
    const slabs = [...this.#retired];
    const full = new Set(slabs.map(({ buffer }) => buffer));
    const segments = this.takeSegments();
    let openBytes = 0;
    let fullBytes = 0;
    for (const { buffer, length } of segments) {
      if (buffer === open) openBytes += length;
      else if (full.has(buffer)) fullBytes += length;
    }
    const keepsOpen = openBytes <= SLAB_BYTES / 2;
    const keepsFull = fullBytes <= SLAB_BYTES / 2;
    const owned = segments.map((one) => {
      if (one.buffer === open) return keepsOpen ? Buffer.from(one) : one;
      const isCopied = full.has(one.buffer) ? keepsFull : copies;
      return isCopied ? Buffer.from(one) : one;
    });
    if (keepsFull) slabs.length = 0;
    else this.#lent.length = 0;
    if (!keepsOpen) {
      slabs.push(this.buffer);
      this.buffer = NO_SLAB;
      this.offset = 0;
      this.#start = 0;
    }
    this.release();
    return { segments: owned, slabs };
  }

  /**
   * All gathered bytes in one piece. It lies in the pool's scratch memory, so the caller must be
   * done with it before anything else asks for scratch memory. The writer is empty afterwards.
   */
  takeBytes(): Buffer {
    const bytes = this.#pool.scratch(this.byteLength);
    let at = 0;
    for (const segment of this.takeSegments()) {
      bytes.set(segment, at);
      at += segment.length;
    }
    this.release();
    return bytes;
  }

  /**
   * Everything taken so far has been written: its slabs are free, and an idle writer keeps none.
   */
  release(): void {
    for (const slab of this.#lent) this.#pool.give(slab);
    this.#lent.length = 0;
    if (this.byteLength > 0) return;
    this.#pool.give(this.buffer);
    this.buffer = NO_SLAB;
    this.offset = 0;
    this.#start = 0;
  }

  /**
   * A frame that stays within its slab, as small frames do, needs no marks: its offset alone is
   * enough to take it back (`micro.frame-writer`).
   */
  #spill(): void {
    if (this.#isFrameSpilled) return;
    this.#isFrameSpilled = true;
    this.#markSegments = this.#segments.length;
    this.#markClosedBytes = this.#closedBytes;
    this.#markHasReferences = this.#hasReferences;
    this.#markRetired = this.#retired.length;
    this.#markStart = this.#start;
  }

  #unspill(): void {
    for (const slab of this.#retired.splice(this.#markRetired)) {
      if (slab !== this.#frameBuffer) this.#pool.give(slab);
    }
    if (this.buffer !== this.#frameBuffer) this.#pool.give(this.buffer);
    this.buffer = this.#frameBuffer;
    this.#segments.length = this.#markSegments;
    this.#closedBytes = this.#markClosedBytes;
    this.#hasReferences = this.#markHasReferences;
    this.#start = this.#markStart;
  }

  #closeWindow(): void {
    this.#spill();
    if (this.offset === this.#start) return;
    this.#segments.push(this.buffer.subarray(this.#start, this.offset));
    this.#closedBytes += this.offset - this.#start;
    this.#start = this.offset;
  }

  #grow(bytes: number): void {
    this.#closeWindow();
    const isFirst = this.buffer === NO_SLAB;
    if (!isFirst) this.#retired.push(this.buffer);
    if (bytes > SLAB_BYTES) this.buffer = Buffer.allocUnsafeSlow(bytes);
    else this.buffer = isFirst ? this.#pool.takeFirst(bytes) : this.#pool.take();
    this.offset = 0;
    this.#start = 0;
  }
}
