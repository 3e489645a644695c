import { randomBytes } from 'node:crypto';

/** The only source of randomness, so that simulations can replay it. */
export interface Random {
  /** `count` bytes that nobody can guess. The buffer is the caller's. */
  bytes(count: number): Buffer;
}

/** The machine's cryptographic generator. */
export const systemRandom: Random = Object.freeze({ bytes: (count: number) => randomBytes(count) });
