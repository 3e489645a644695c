/**
 * A slab holds the small frames that one connection sends in one turn. 64 KiB are a fifth slower
 * from client to server (`stream.up.64B.batch`), since they leave the processor's nearest cache. 16
 * KiB cost more writes.
 */
export const SLAB_BYTES = 32_768;

/** Slabs kept for reuse; more would only be idle memory. */
const MAX_KEPT = 128;

/**
 * Slabs that are made without one coming back. More writers begin at a time only where each has a
 * word to say, as when thousands of idle connections are closed or pinged in one turn.
 */
const MAX_MADE = 128;

/** Memory for the beginning of a writer's bytes where there are no slabs left for all. */
const SMALL_BYTES = 1_024;

/** The most scratch memory that is kept. Larger requests get memory of their own. */
const MAX_SCRATCH_BYTES = 1_048_576;

/**
 * Lends fixed-size buffers, so that a busy connection writes into the same memory again and an idle
 * one holds none. Reuse is what takes 64-byte messages from 10 to 20 million a second
 * (`stream.up.64B.batch`, `stream.down.64B.batch`).
 */
export class SlabPool {
  readonly #kept: Buffer[] = [];
  #scratch: Buffer = Buffer.alloc(0);
  /** Slabs that were made since the last one came back. */
  #made = 0;

  /** A slab of {@link SLAB_BYTES} with unknown content. */
  take(): Buffer {
    const kept = this.#kept.pop();
    if (kept !== undefined) return kept;
    this.#made++;
    return Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  /** The same for a writer that has none, with room for `bytes`. It may be smaller than a slab. */
  takeFirst(bytes: number): Buffer {
    const isScarce = this.#kept.length === 0 && this.#made >= MAX_MADE;
    return isScarce && bytes <= SMALL_BYTES ? Buffer.allocUnsafeSlow(SMALL_BYTES) : this.take();
  }

  /**
   * `bytes` bytes with unknown content. Each call gives the same memory, so the caller must be done
   * with it before the next call.
   */
  scratch(bytes: number): Buffer {
    if (bytes > MAX_SCRATCH_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (bytes > this.#scratch.length) this.#scratch = Buffer.allocUnsafeSlow(bytes);
    return this.#scratch.subarray(0, bytes);
  }

  /** Takes a slab back. Buffers of any other size are left to the garbage collector. */
  give(slab: Buffer): void {
    if (slab.length !== SLAB_BYTES) return;
    this.#made = 0;
    if (this.#kept.length < MAX_KEPT) this.#kept.push(slab);
  }
}
