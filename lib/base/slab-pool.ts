/**
 * A slab holds the small frames that one connection sends in one turn. 64 KiB are a fifth slower
 * from client to server (`stream.up.64B.batch`), since they leave the processor's nearest cache. 16
 * KiB cost more writes.
 */
export const SLAB_BYTES = 32_768;

/** Slabs kept for reuse; more would only be idle memory. */
const MAX_KEPT = 128;

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

  /** A slab of {@link SLAB_BYTES} with unknown content. */
  take(): Buffer {
    return this.#kept.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
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
    if (slab.length === SLAB_BYTES && this.#kept.length < MAX_KEPT) this.#kept.push(slab);
  }
}
