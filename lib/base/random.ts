import { randomFillSync } from 'node:crypto';

/** The only source of randomness, so that simulations can replay it. */
export interface Random {
  /** `count` bytes that nobody can guess. The buffer is the caller's. */
  bytes(count: number): Buffer;
}

/**
 * The generator is asked for this many bytes at a time, because most callers need only a few and a
 * call is not cheap.
 */
const POOL_BYTES = 1_024;

/** The machine's cryptographic generator. Each of its bytes is handed out once. */
class SystemRandom implements Random {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #at = POOL_BYTES;

  bytes(count: number): Buffer {
    if (count > POOL_BYTES) return randomFillSync(Buffer.alloc(count));
    if (this.#at + count > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    const bytes = Buffer.from(this.#pool.subarray(this.#at, this.#at + count));
    this.#pool.fill(0, this.#at, (this.#at += count));
    return bytes;
  }
}

/** A generator with a pool of its own. */
export function systemRandom(): Random {
  return new SystemRandom();
}
